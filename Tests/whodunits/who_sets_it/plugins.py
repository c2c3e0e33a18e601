"""Plug-ins bring defaults of their own."""

import settings

DEFAULTS = {"mail": {"sender": "shop@example.org"}, "trace": {"debug": True}}


def load(plugin):
    for name, value in DEFAULTS[plugin].items():
        setattr(settings, name, value)


def load_all():
    for plugin in DEFAULTS:
        load(plugin)
