"""An account that two threads draw from."""

import random
import time


class Account:
    def __init__(self, left):
        self.left = left

    def draw(self, amount):
        left = self.left
        time.sleep(random.choice((0.0, 0.0, 0.01)))
        self.left = left - amount
        return left
