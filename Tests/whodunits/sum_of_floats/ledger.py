"""Balances of accounts."""

BALANCES = {"rent": 1e16, "food": 1.0, "fuel": -1e16, "fees": 1.0}


def balance(accounts):
    total = 0.0
    for account in accounts:
        total += BALANCES[account]
    return total


def open_accounts():
    return {name for name, amount in BALANCES.items() if amount}
