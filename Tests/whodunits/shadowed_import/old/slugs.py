"""Titles as they stood in links."""


def slug(text):
    return text.lower().replace(" ", "_")
