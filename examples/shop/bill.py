"""What is to be paid."""

from .prices import UnknownArticle, price


def lines(basket):
    for article, count in basket:
        try:
            yield article, count, count * price(article)
        except UnknownArticle as unknown:
            yield f"{unknown}?", count, 0


def total(basket):
    return sum(cents for _, _, cents in lines(basket))
