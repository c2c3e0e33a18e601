"""A price list is read. A colleague gets prices that are a hundred times too high."""

from numbers_of import number

LIST = ["12.50", "8", "1.75", "100"]


def prices(texts):
    return {text: number(text) for text in texts}


def main():
    found = prices(LIST)
    print(sum(found.values()))


main()
