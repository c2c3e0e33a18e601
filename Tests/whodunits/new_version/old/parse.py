def rows(text):
    for part in text.split(";"):
        name, _, value = part.partition("=")
        yield name, number(value)


def number(text):
    if text == "":
        return None
    return int(text)
