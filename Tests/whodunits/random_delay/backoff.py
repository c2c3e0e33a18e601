"""Waits between attempts."""

import random


def delays(attempts, base=1.0):
    for attempt in range(attempts):
        delay = base * random.uniform(0.5, 2.5)
        yield attempt, delay


def jitter():
    return random.random()
