"""``swifttrace -xx --scope project -m shop``, from the examples directory."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shop.basket import Basket
from shop.bill import lines, total

basket = Basket()
for article in sys.argv[1:] or ["apple", "bread", "apple", "pear"]:
    basket.add(article)
for article, count, cents in lines(basket):
    print(f"{count:3} {article:10} {cents / 100:8.2f}")
print(f"{total(basket) / 100:23.2f}")
