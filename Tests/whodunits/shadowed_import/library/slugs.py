"""Titles as they stand in links."""

import re


def slug(text):
    return re.sub(r"\W+", "-", text.lower())
