"""The second customer alone pays 7. After the first one, he pays 12."""

import sys

from cart import fill

PRICES = {"tea": 3, "cup": 4, "pot": 5}
WANTED = {"first": [("pot", 1)], "second": [("tea", 1), ("cup", 1)]}


def bill(name):
    cart = fill(WANTED[name])
    return sum(PRICES[item] for item in cart)


def main(names):
    for name in names:
        print(name, bill(name))


main(sys.argv[1:])
