"""The postage of yesterday's parcels was right. Today's is too low by 9."""

import csv
import sys
import time

import shipping


class Parcel:
    def __init__(self, record):
        self.name = record["name"]
        self.weight = int(record["weight"])
        self.zones = set(record["zones"].split("+"))
        self.read = time.time()


def parcels(path):
    with open(path, newline="") as file:
        for record in csv.DictReader(file):
            yield Parcel(record)


def main():
    total = 0
    for parcel in parcels(sys.argv[1]):
        total += shipping.price(parcel)
    print("total", total)


main()
