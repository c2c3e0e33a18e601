"""The tight loop: 5.5 lines a turn, and next to no work in any of them."""

TURNS = 100_000


def run(turns):
    """Run an even number of turns."""
    total = 0
    for turn in range(turns):
        first = turn & 7
        one = first + 1
        if turn & 1:
            total += one
        total ^= first
    return total
