"""Work whose every line is traced: a tight loop of 5.5 lines a turn."""


def run(turns):
    total = 0
    for turn in range(turns):
        first = turn & 7
        one = first + 1
        if turn & 1:
            total += one
        total ^= first
    return total


def lines(turns):
    """How many lines `run(turns)` runs, for an even number of turns."""
    return 3 + turns * 11 // 2
