"""Two draw from one account. Now and then too much is left."""

import sys
import threading
import time

from account import Account


def draw(account, amount, wait):
    time.sleep(wait)
    account.draw(amount)


def main():
    account = Account(100)
    threads = [
        threading.Thread(target=draw, args=(account, 30, 0.0), name="first"),
        threading.Thread(target=draw, args=(account, 50, 0.005), name="second"),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(account.left)
    sys.exit(account.left != 20)


main()
