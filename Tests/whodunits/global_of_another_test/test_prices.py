"""pytest test_prices.py passes; pytest (all files) fails."""

import shop


def test_zero():
    assert shop.price(0) == 0


def test_tax():
    assert shop.price(100) == 120


def test_label():
    assert shop.label(0) == "0 eur"
