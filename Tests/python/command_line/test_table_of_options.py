"""Each option is one row of a table: what else there is of it follows from the row."""

from __future__ import annotations

import inspect

import pytest
import swifttrace
from conftest import run_python, run_swifttrace
from swifttrace.config.options import IN_API, OPTIONS
from swifttrace.config.settings import Settings

ENABLE = inspect.signature(swifttrace.enable).parameters


def test_enable_takes_what_the_table_has_with_its_defaults():
    taken = {name: parameter.default for name, parameter in ENABLE.items()}
    assert taken == {name: option.default for name, option in IN_API.items()}


def test_the_settings_take_the_same():
    taken = inspect.signature(Settings.__init__).parameters
    defaults = {name: parameter.default for name, parameter in taken.items() if name != "self"}
    assert {**defaults, "level": 1} == {name: option.default for name, option in IN_API.items()}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_help_and_the_documentation_of_enable_name_each_option(option):
    told = run_swifttrace("--help").stdout.decode()
    for flag in option.flags:
        assert flag.shown in told
    if option.in_api:
        assert f"{option.name}" in swifttrace.enable.__doc__


ADDED = """\
import sys
sys.argv[1:] = {arguments}
from swifttrace.config import options
from swifttrace.config.kinds import Number
row = options.Option(
    "sugar", options.LOOK, options.Flag("--sugar", metavar="LUMPS", help="how sweet"),
    kind=Number(), default=0, since="9.9",
)
options.OPTIONS += (row,)
options.IN_VARIABLE["sugar"] = options.IN_API["sugar"] = row
from swifttrace.cli import parser, usage
from swifttrace.config import environment
print(parser.parse(["--sugar=3"]).asked)
print("--sugar LUMPS" in usage.usage(), "how sweet" in usage.usage())
texts, lists = environment._fields("sugar=4")
print(environment._values(texts, {{**lists, "fd": []}})["sugar"])
for function, argument in (parser.parse, ["--sugar=much"]), (environment._fields, "salt=1"):
    try:
        function(argument)
    except Exception as error:
        print(error)
"""


def test_a_row_that_is_added_is_in_the_parser_the_help_and_the_variable():
    ended = run_python("-c", ADDED.format(arguments=[]))
    printed = ended.stdout.decode().splitlines()
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert printed[:4] == ["{'sugar': 3}", "True True", "4", "--sugar needs a number, not 'much'"]
    assert printed[4].endswith("follow, sugar")
