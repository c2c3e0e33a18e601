"""Prices by zone and weight."""

PRICES = {"islands": 14, "abroad": 22}
STANDARD = 5


def zone_price(zones):
    for zone in zones:
        if zone in PRICES:
            return PRICES[zone]
    return STANDARD


def surcharge(weight):
    return 3 if weight > 2000 else 0


def price(parcel):
    return zone_price(parcel.zones) + surcharge(parcel.weight)
