"""Customer b alone may buy three things, after customer a only one."""

import sys

from basket import Basket

WANTED = {"a": ["pen", "ink"], "b": ["cup", "pot", "tea"]}


def shop(name):
    basket = Basket(name)
    taken = [item for item in WANTED[name] if basket.add(item)]
    return len(taken)


def main(names):
    for name in names:
        print(name, shop(name))


main(sys.argv[1:])
