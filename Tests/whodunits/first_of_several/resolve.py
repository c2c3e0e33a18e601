"""Which handler is for a file?"""

HANDLERS = {
    "text": (".txt", ".md", ".csv"),
    "table": (".csv", ".tsv"),
    "image": (".png", ".svg"),
    "markup": (".md", ".svg", ".html"),
}


def handler(name):
    matching = {key for key, suffixes in HANDLERS.items() if name.endswith(suffixes)}
    return next(iter(matching))
