"""The mean of the old version is right; the new one's is too high."""

from parse import rows

TEXT = "a=4;b=0;c=;d=8;e=0"


def main():
    values = [value for _, value in rows(TEXT) if value is not None]
    print(sum(values) / len(values))


main()
