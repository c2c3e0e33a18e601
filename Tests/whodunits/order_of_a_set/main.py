"""The migration fails on some days."""

import sys

import migrate


def run(steps):
    rows = indexed = 0
    for step in steps:
        if step == "fill":
            rows = 1000
        elif step == "index":
            indexed = rows
    return indexed


def main():
    names = {name.upper() for name in ("north", "south", "east", "west")}
    print(*[name.title() for name in names])
    steps = migrate.order()
    if run(steps) < 1000:
        sys.exit("index is empty")


main()
