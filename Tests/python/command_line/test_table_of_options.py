"""Each option is one row of a table: what else there is of it follows from the row."""

from __future__ import annotations

import inspect

import pytest
import swifttrace
from conftest import run_python, run_swifttrace
from swifttrace.config.environment import Environment
from swifttrace.config.options import IN_API, IN_VARIABLE, OPTIONS
from swifttrace.config.settings import Settings

ENABLE = inspect.signature(swifttrace.enable).parameters


def test_enable_takes_what_the_table_has_with_its_defaults():
    taken = {name: parameter.default for name, parameter in ENABLE.items()}
    assert taken == {name: option.default for name, option in IN_API.items()}


def test_the_settings_have_the_same_and_nothing_changes_them():
    settings = Settings()
    assert list(vars(settings)) == list(IN_API)
    with pytest.raises(AttributeError):
        settings.level = 2
    with pytest.raises(AttributeError):
        del settings.level
    with pytest.raises(TypeError, match="'lemon'"):
        Settings(lemon=1)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_help_and_the_documentation_of_enable_name_each_option(option):
    told = run_swifttrace("--help").stdout.decode()
    for flag in option.flags:
        assert flag.shown in told
    if option.in_api:
        assert f"{option.name}" in swifttrace.enable.__doc__


@pytest.mark.parametrize("name", [name for name in IN_VARIABLE if "_" in name])
@pytest.mark.parametrize("sign", ["_", "-"])
def test_the_variable_takes_names_with_either_sign(name, sign):
    said = {"debug_log": "file", "dump_signal": "USR1", "values_width": "40"}.get(name, "yes")
    said = {"max_size": "1M", "max_age": "10m"}.get(name, said)
    values = Environment(f"{name.replace('_', sign)}={said}").values
    assert values[name] == {"yes": True, "40": 40}.get(said, said)


ADDED = """\
import sys
from swifttrace.config import options
from swifttrace.config.kinds import Number
row = options.Option(
    "sugar_lumps", options.LOOK, options.Flag("--sugar-lumps", metavar="N", help="how sweet"),
    kind=Number(), check=lambda name, value: value + 0, default=0, since="9.9",
)
options.OPTIONS += (row,)
options.IN_VARIABLE["sugar_lumps"] = options.IN_API["sugar_lumps"] = row
"""
USED = """\
from swifttrace.cli import parser, usage
from swifttrace.config import environment, variable
from swifttrace.config.settings import Settings
print(parser.parse(["--sugar-lumps=3"]).asked)
print("--sugar-lumps N" in usage.usage(), "how sweet" in usage.usage())
for name in "sugar-lumps", "sugar_lumps":
    print(environment.Environment(name + "=4").values["sugar_lumps"])
print(Settings().sugar_lumps, Settings(sugar_lumps=5).sugar_lumps)
print([field for field in variable.told(vars(Settings(sugar_lumps=6)), "/") if "sugar" in field])
for function, argument in (parser.parse, ["--sugar-lumps=much"]), (environment.Environment, "salt=1"):
    try:
        function(argument)
    except Exception as error:
        print(error)
"""
# A program that the command runs has the option in the debug log and in what children are told.
LOGGED = """\
import sys
sys.argv[1:] = ["-d", "--debug-log", "log", "--sugar-lumps=7", "-c", "import os"]
from swifttrace.cli.main import main
main()
"""


def test_a_row_that_is_added_is_in_the_parser_the_help_the_settings_and_the_variable():
    ended = run_python("-c", ADDED + USED)
    printed = ended.stdout.decode().splitlines()
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert printed[:7] == [
        "{'sugar_lumps': 3}",
        "True True",
        *("4", "4"),
        "0 5",
        "['sugar_lumps=6']",
        "--sugar-lumps needs a number, not 'much'",
    ]
    assert printed[7].endswith("follow, sugar_lumps")


def test_a_row_that_is_added_is_in_the_log_and_in_what_children_are_told(tmp_path):
    ended = run_python("-c", ADDED + LOGGED, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    log = (tmp_path / "log").read_text()
    assert "option sugar_lumps: 7\n" in log
    assert ",sugar_lumps=7," in log.partition("SWIFTTRACE=")[2]
    names = [line.partition("option ")[2].partition(":")[0] for line in log.splitlines()]
    assert [name for name in names if name] == [*IN_API, "sugar_lumps"]
