"""Writes the reference of the options from the table that the program itself uses."""

from __future__ import annotations

import re

from swifttrace.config.option import Flag, Option
from swifttrace.config.options import OPTIONS

MARKS = {"<!-- options -->": "command", "<!-- variable -->": "variable"}


def setup(app):
    """Have Sphinx fill each page's marks in, before the page is parsed."""
    app.connect("source-read", fill)
    app.connect("autodoc-process-docstring", list_parameters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def fill(_app, _page, content):
    """Put the reference in the place of each mark."""
    for mark, kind in MARKS.items():
        if mark in content[0]:
            content[0] = content[0].replace(mark, TEXTS[kind]())


CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
PARAMETER = re.compile(r"^(?P<names>\w+(, \w+)*): (?P<text>.+)$")


def list_parameters(_app, _what, name, _object, _options, lines):
    """Make a list of definitions of the paragraphs that begin with a parameter's name."""
    text = CODE.sub(lambda code: f"``{code[1].strip()}``", "\n".join(lines))
    lines[:] = text.split("\n")
    if name != "swifttrace.enable":
        return
    listed = []
    for line in lines:
        found = PARAMETER.match(line)
        listed += [f"``{found['names']}``", f"    {found['text']}"] if found else [line]
    lines[:] = listed


def command_text() -> str:
    """Return a section for each group and in it one for each option of the command."""
    parts, group = [], None
    for option in OPTIONS:
        if option.group != group:
            group = option.group
            parts.append(f"## {group[:1].upper()}{group[1:]}\n")
        parts.append(of_command(option))
    return "\n".join(parts)


def of_command(option: Option) -> str:
    """Return the section of one option."""
    lines = [f"(option-{option.name})=", f"### {heading(option)}\n"]
    lines += [f"`{flag.shown}`\n: {sentences(flag.help)}\n" for flag in option.flags if flag.help]
    others = [name for flag in option.flags for name in flag.names if name not in flag.shown]
    if others:
        lines.append(f"Also spelled {', '.join(f'`{name}`' for name in others)}.\n")
    lines.append(names_elsewhere(option))
    return "\n".join(lines)


def heading(option: Option) -> str:
    """Return the long names of an option's flags."""
    shown = [flag for flag in option.flags if flag.help]
    return ", ".join(f"`{long_name(flag)}`" for flag in shown)


def long_name(flag: Flag) -> str:
    """Return the first of a flag's names that begins with two dashes."""
    return next((name for name in flag.names if name.startswith("--")), flag.names[0])


def names_elsewhere(option: Option) -> str:
    """Return a sentence with the option's names in `enable()` and in SWIFTTRACE."""
    places = []
    if option.in_api:
        places.append(f"`{option.name}=` in `enable()`")
    if option.in_variable:
        places.append(f"`{option.name}` in `SWIFTTRACE`")
    where = " and ".join(places) or "not available elsewhere"
    return f"In a program: {where}. Since {option.since}.\n"


def variable_text() -> str:
    """Return a table with the fields of SWIFTTRACE."""
    rows = ["| field | value | see |", "| --- | --- | --- |"]
    for option in OPTIONS:
        if option.in_variable:
            words = option.kind.words.replace("|", "\\|") or option.flags[0].metavar or "text"
            rows.append(f"| `{option.name}` | `{words}` | [](#option-{option.name}) |")
    return "\n".join(rows)


IN_HELP = re.compile(r"`[^`]+`|(?<![\w-])--?[a-z][\w-]*(?:=[a-z]+)?|(?<!\S)=[a-z]+|\{[^}]+\}")
"""What is code in the text of `--help`."""


def sentences(told: str) -> str:
    """Return the text of `--help` as sentences, with its code marked as code."""
    parts = [part[:1].upper() + part[1:] for part in told.split("; ")]
    text, end = "", 0
    for code in IN_HELP.finditer(told := ". ".join(parts) + "."):
        text += escaped(told[end : code.start()]) + f"`{code[0].strip('`')}`"
        end = code.end()
    return text + escaped(told[end:])


def escaped(text: str) -> str:
    """Return text in which Markdown sees no markup."""
    return "".join("\\" + letter if letter in "+*_<>{}[]`" else letter for letter in text)


TEXTS = {"command": command_text, "variable": variable_text}
