"""Rates of currencies, by day."""

RATES = {("chf", 100): 97, ("chf", 200): 103, ("sek", 100): 9, ("sek", 200): 9}
known = {}


def rate(currency, day):
    if currency in known:
        return known[currency]
    found = RATES[currency, day]
    known[currency] = found
    return found


def convert(amount, currency, day):
    return amount * rate(currency, day) // 100
