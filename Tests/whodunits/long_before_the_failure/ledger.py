"""Accounts whose entries are booked, closed and summed up."""


class Ledger:
    def __init__(self):
        self.accounts = {}
        self.log = []

    def book(self, account, amount):
        entries = self.accounts.setdefault(account, [])
        if amount and amount not in entries:
            entries.append(amount)
        self.log.append((account, amount))

    def close(self):
        lines = []
        for number, (account, amount) in enumerate(self.log):
            text = f"{number:04} {account:<10} {amount:>8}"
            lines.append(text)
        return "\n".join(lines)

    def balance(self, account):
        total = 0
        for amount in self.accounts[account]:
            total += amount
        return total


def checksum(text):
    low, high = 1, 0
    for letter in text:
        low = (low + ord(letter)) % 65521
        high = (high + low) % 65521
    return high << 16 | low
