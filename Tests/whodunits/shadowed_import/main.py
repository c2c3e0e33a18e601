"""Links end in 404 on one machine alone."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "library"))
import slugs

PAGES = {"about-us": 1, "press-and-news": 2}


def find(title):
    return PAGES.get(slugs.slug(title))


def main():
    for title in ("About us", "Press and news"):
        if find(title) is None:
            sys.exit(f"404 {title}")
    print("all found")


main()
