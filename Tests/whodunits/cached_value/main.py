"""The invoice of day 200 is right alone, and wrong after that of day 100."""

import sys

from convert import convert

ITEMS = [(1000, "chf"), (5000, "sek")]


def invoice(day):
    total = 0
    for amount, currency in ITEMS:
        total += convert(amount, currency, day)
    return total


def main(days):
    totals = {day: invoice(int(day)) for day in days}
    print(totals)


main(sys.argv[1:])
