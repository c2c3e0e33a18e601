"""Waits between attempts."""

import random

DRAWN = random.Random(hash("another seed in each run"))


def delays(attempts, base=1.0):
    for attempt in range(attempts):
        delay = base * DRAWN.uniform(0.5, 2.5)
        yield attempt, delay


def jitter():
    return DRAWN.random()
