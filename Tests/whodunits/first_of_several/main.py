"""Every few runs the sum of the table is missing."""

import sys

from resolve import handler

FILES = ["a.txt", "b.png", "c.csv"]


def show(name):
    if handler(name) == "table":
        return f"{name}: sum 12"
    return f"{name}: shown"


def main():
    shown = [show(name) for name in FILES]
    print(*shown, sep="\n")
    if not any("sum" in text for text in shown):
        sys.exit("no sum")


main()
