"""argparse: a parser with groups and subcommands, its help, its errors."""

import argparse

parser = argparse.ArgumentParser(prog="tool", description="does " * 30, exit_on_error=False)
parser.add_argument("--number", "-n", type=int, default=3, help="how many (%(default)s)")
group = parser.add_mutually_exclusive_group()
group.add_argument("--quiet", action="store_true")
group.add_argument("--loud", action="count")
commands = parser.add_subparsers(dest="command")
run = commands.add_parser("run", help="runs")
run.add_argument("files", nargs="*")

print(parser.format_help())
print(parser.parse_args(["-n", "5", "--loud", "run", "a", "b"]))
try:
    parser.parse_args(["--number", "x"])
except argparse.ArgumentError as error:
    print(error)
