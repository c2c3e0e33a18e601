"""A script whose work is done in the standard library: json, difflib, argparse and
dataclasses, in pure Python. Next to none of the lines that run are its own.
"""

import argparse
import dataclasses
import difflib
import json.decoder
import json.encoder
import json.scanner

# The Python implementations, not the C ones: what is measured is Python code.
json.encoder.c_make_encoder = None
json.encoder.encode_basestring_ascii = json.encoder.py_encode_basestring_ascii

TURNS = 150
RECORDS = [
    {
        "id": number,
        "name": f"record {number}",
        "tags": ["alpha", "beta", None, True],
        "nested": {"ratio": number / 7, "text": 'caf\u00e9 "quoted"\n', "list": list(range(8))},
    }
    for number in range(60)
]
OLD = [f"line {number * 7 % 31} of {number}" for number in range(400)]
NEW = [line + " changed" if place % 5 == 0 else line for place, line in enumerate(OLD)]


def run(turns):
    """Do it `turns` times; about 4 ms each."""
    for _ in range(turns):
        read_back(json.encoder.JSONEncoder(indent=1, sort_keys=True).encode(RECORDS))
        list(difflib.unified_diff(OLD, NEW))
        difflib.SequenceMatcher(None, OLD[7], NEW[10]).ratio()
        parse_arguments()
        describe_records()


def read_back(text):
    """Decode with a decoder that has no part in C."""
    decoder = json.decoder.JSONDecoder()
    decoder.parse_object = json.decoder.JSONObject
    decoder.parse_array = json.decoder.JSONArray
    decoder.parse_string = json.decoder.py_scanstring
    decoder.scan_once = json.scanner.py_make_scanner(decoder)
    return decoder.decode(text)


def parse_arguments():
    """Build a command line as programs have them, and read three of them."""
    parser = argparse.ArgumentParser(prog="tool")
    parser.add_argument("-v", "--verbose", action="count", default=0)
    commands = parser.add_subparsers(dest="command")
    for name in ("build", "test", "deploy"):
        command = commands.add_parser(name, help=f"{name} it")
        command.add_argument("target", nargs="*")
        command.add_argument("-j", "--jobs", type=int, default=1)
        command.add_argument("--mode", choices=("fast", "safe"), default="safe")
    parser.parse_args(["-vv", "build", "all", "-j", "4"])
    parser.parse_args(["test", "a", "b", "c", "--mode=fast"])
    parser.parse_args(["deploy", "--jobs", "2", "here"])
    parser.format_help()


def describe_records():
    """Make a class as `@dataclass` does, and records of it into dictionaries."""
    fields = [("id", int), ("name", str), ("tags", list, dataclasses.field(default_factory=list))]
    record = dataclasses.make_dataclass("Record", fields, order=True)
    records = [record(each["id"], each["name"], each["tags"]) for each in RECORDS]
    return [dataclasses.asdict(dataclasses.replace(each, name="same")) for each in sorted(records)]
