"""Baskets with a limit."""


class Basket:
    limit = 3
    items = []

    def __init__(self, owner):
        self.owner = owner

    def add(self, item):
        if len(self.items) >= self.limit:
            return False
        self.items.append(item)
        return True
