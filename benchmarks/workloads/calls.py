"""Calls: the Fibonacci numbers by recursion, 177 calls a turn."""

TURNS = 600


def fib(number):
    if number < 2:
        return number
    return fib(number - 1) + fib(number - 2)


def run(turns):
    for _ in range(turns):
        fib(10)
