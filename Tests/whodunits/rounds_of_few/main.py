"""The sum of 2,000 amounts is nan."""

import statistics

from ledger import amounts


def main():
    print(statistics.fmean(amounts(2000)))


main()
