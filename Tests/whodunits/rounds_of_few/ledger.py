"""Amounts as they were typed."""


class Entry:
    def __init__(self, number):
        self.sign = "CR" if number % 2 else "DR"
        self.text = f"{number % 97}.50" if number % 643 != 11 else ""


def value(entry):
    if not entry.text:
        return float("nan")
    amount = float(entry.text)
    return amount if entry.sign == "CR" else -amount


def amounts(count):
    found = []
    for number in range(count):
        entry = Entry(number)
        found.append(value(entry))
    return found
