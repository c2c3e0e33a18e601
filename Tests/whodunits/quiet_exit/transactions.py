"""Changes that are made as a whole or not at all."""


class Transaction:
    def __init__(self, target):
        self.target, self.pending = target, {}

    def __enter__(self):
        return self.pending

    def __exit__(self, kind, error, traceback):
        if error is None:
            self.target.update(self.pending)
        self.pending.clear()
        return True
