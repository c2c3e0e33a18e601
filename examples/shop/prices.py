"""What things cost, in cents."""

PRICES = {"apple": 30, "bread": 280, "cheese": 540}


class UnknownArticle(Exception):
    """Nobody knows what it costs."""


def price(article):
    try:
        return PRICES[article]
    except KeyError:
        raise UnknownArticle(article) from None
