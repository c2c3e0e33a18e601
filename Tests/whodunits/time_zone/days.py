"""Days of sales."""

import datetime


def day_of(stamp):
    moment = datetime.datetime.fromtimestamp(stamp)
    return moment.date().isoformat()


def per_day(sales):
    found = {}
    for stamp, amount in sales:
        day = day_of(stamp)
        found[day] = found.get(day, 0) + amount
    return found
