"""Rows of names and numbers."""


def rows(text):
    for part in text.split(";"):
        name, _, value = part.partition("=")
        yield name.strip(), number(value)


def number(text):
    value = int(text or 0)
    if not value:
        return None
    return value
