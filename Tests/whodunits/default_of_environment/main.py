"""In the container, where WORKERS is set to nothing, no report is written."""

import sys

import settings
from pool import Pool


def report(number):
    return lambda: f"report {number} for {settings.REGION}"


def main():
    pool = Pool()
    done = pool.run([report(number) for number in range(10)])
    print(len(done), "reports")
    sys.exit(not done)


main()
