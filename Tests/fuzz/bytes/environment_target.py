#!/usr/bin/env python3
"""Any value of SWIFTTRACE is settings or a `ValueError` of one line, and only data.

Run by atheris, libFuzzer for Python: environment_target.py [libFuzzer's options].
"""

import os
import sys

import atheris

with atheris.instrument_imports():
    from swifttrace.config import environment, settings
    from swifttrace.details import details  # noqa: F401 (loaded beforehand)

HARMLESS = ("object.__getattr__", "sys._getframe", "import", "os.putenv")
LOADED = ("_signal", "fcntl")

events = []
is_reading = False


def heard(event, arguments):
    """Note what reading a value does to the world outside it."""
    if is_reading and not (event in HARMLESS and (event != "import" or arguments[0] in LOADED)):
        events.append((event, arguments))


def one_input(data):
    """Read one value."""
    global is_reading
    value = os.fsdecode(data.replace(b"\0", b""))
    is_reading = True
    try:
        settings.Settings(**environment.Environment(value).values)
    except ValueError as error:
        is_reading = False
        message = str(error)
        assert message, value
        assert message.splitlines() == [message], message
    finally:
        is_reading = False
    assert not events, events


sys.addaudithook(heard)
atheris.Setup(sys.argv, one_input)
atheris.Fuzz()
