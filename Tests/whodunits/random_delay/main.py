"""A request that should be tried twice within three seconds is given up now and then."""

import sys
import time

import backoff

DEADLINE = 3.0


def tries():
    clock = 0.0
    for attempt, delay in backoff.delays(2):
        clock += delay
        if clock > DEADLINE:
            return attempt
    return 2


def main():
    began = time.perf_counter()
    color = backoff.jitter()
    done = tries()
    print(done, color, began)
    if done < 2:
        sys.exit("gave up")


main()
