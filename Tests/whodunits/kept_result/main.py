"""A rate changes at noon. The bills of the afternoon have the rate of the morning."""

from rates import convert, update


def main():
    morning = convert(100, "USD")
    update("USD", 1.2)
    afternoon = convert(100, "USD")
    print(morning, afternoon)


main()
