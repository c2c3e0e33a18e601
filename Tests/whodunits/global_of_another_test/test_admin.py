import pytest
import shop


def test_currency(monkeypatch):
    monkeypatch.setattr(shop.settings, "currency", "usd")
    assert shop.label(0) == "0 usd"


def test_free_of_tax():
    shop.settings.tax = 0
    assert shop.price(100) == 100


@pytest.mark.parametrize("net", range(20))
def test_nothing_is_free(net):
    assert shop.price(net) >= net
