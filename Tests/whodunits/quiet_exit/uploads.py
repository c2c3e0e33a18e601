"""Uploads, each in a transaction."""

from transactions import Transaction


class Store:
    def __init__(self):
        self.files = {}

    def upload(self, name, data):
        with Transaction(self.files) as pending:
            pending[name] = len(data)
