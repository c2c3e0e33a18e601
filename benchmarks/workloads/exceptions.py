"""Exceptions: raised two calls down, passed on, handled, cleaned up after."""

TURNS = 20_000


class Refused(Exception):
    pass


def refuse(number):
    if number & 1:
        raise Refused(number)
    return number


def guarded(number):
    try:
        return refuse(number)
    finally:
        number += 1


def run(turns):
    handled = 0
    for turn in range(turns):
        try:
            guarded(turn)
        except Refused as error:
            handled += error.args[0]
        else:
            handled -= 1
    return handled
