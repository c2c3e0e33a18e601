"""Prices with tax."""


class Settings:
    tax = 20
    currency = "eur"


settings = Settings()


def price(net):
    return net + net * settings.tax // 100


def label(net):
    return f"{price(net)} {settings.currency}"
