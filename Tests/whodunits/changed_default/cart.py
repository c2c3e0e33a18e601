"""Shopping carts."""


def add(item, count=1, cart=[]):
    for _ in range(count):
        cart.append(item)
    return cart


def fill(wanted):
    cart = None
    for item, count in wanted:
        cart = add(item, count) if cart is None else add(item, count, cart)
    return cart
