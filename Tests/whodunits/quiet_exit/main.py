"""Of three uploads one is missing. Nothing is said of it."""

from uploads import Store


def main():
    store = Store()
    for name, data in [("a.txt", "one"), ("b.txt", None), ("c.txt", "three")]:
        store.upload(name, data)
    print(sorted(store.files))


main()
