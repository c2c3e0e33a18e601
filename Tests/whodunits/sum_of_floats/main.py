"""The books do not balance, on some days."""

import sys

import ledger


def main():
    total = ledger.balance(ledger.open_accounts())
    print(total)
    if total != 2.0:
        sys.exit("the books do not balance")


main()
