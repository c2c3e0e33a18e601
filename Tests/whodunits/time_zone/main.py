"""The sum of a day is right on the server and wrong on the laptop in Tokyo."""

import sys

import days

SALES = [(1_600_000_000 + 9_000 * number, 10 + number) for number in range(12)]


def main():
    sums = days.per_day(SALES)
    print(sums)
    best = max(sums, key=sums.get)
    sys.exit(best != "2020-09-13")


main()
