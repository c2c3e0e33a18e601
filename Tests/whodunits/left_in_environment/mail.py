"""Where mail goes."""

import os


def recipient(name):
    override = os.environ.get("MAIL_TO")
    return override or f"{name}@example.org"


def letter(name, text):
    return {"to": recipient(name), "text": text.strip()}
