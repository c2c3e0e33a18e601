"""Generators: a pipeline of three, one of which delegates."""

TURNS = 1_000


def numbers(count):
    for number in range(count):
        yield number & 15


def doubled(items):
    for item in items:
        yield item
        yield item + 1


def chained(count):
    yield from doubled(numbers(count))
    yield -1


def run(turns):
    for _ in range(turns):
        total = 0
        for value in chained(50):
            total += value
