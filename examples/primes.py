"""The primes below a limit, by trial division."""

import sys


def is_prime(number):
    for divisor in range(2, int(number**0.5) + 1):
        if number % divisor == 0:
            return False
    return number > 1


def main(limit):
    found = [number for number in range(limit) if is_prime(number)]
    print(*found)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
