"""Debugging is switched off in the settings, and on when the program runs."""

import plugins
import settings


def main():
    plugins.load_all()
    if settings.debug:
        print("debugging", settings.name)


main()
