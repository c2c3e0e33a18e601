"""``swifttrace report``: recordings as one page for a browser."""

from __future__ import annotations

from ..recordings.files import CannotRead
from ..runtime.builtins import __builtins__ as __builtins__
from .answers import AnswerError, AnswerParser


def parser() -> AnswerParser:
    """Return the parser of what follows `report`."""
    made = AnswerParser(
        prog="swifttrace report",
        description="Makes one page of recordings, which a browser shows without a network:"
        " the source, the trace, the calls and a timeline.",
        allow_abbrev=False,
    )
    add = made.add_argument
    add("files", nargs="+", metavar="FILE", help="a recording, a file of --last or a text trace")
    add(
        "-o",
        dest="output",
        metavar="OUT",
        help="the file to write, `-` for standard output (the default: FILE.html, in this"
        " directory)",
    )
    add("--open", action="store_true", help="open the page in the browser")
    return made


def report(arguments: list[str]) -> int:
    """Write the page; return 0. Raises `AnswerError`, `OSError`."""
    from ..exports import files

    asked = parser().parse_args(arguments)
    name = asked.output or files.default_name(asked.files[0], ".html")
    if asked.open and name == files.STANDARD_OUTPUT:
        raise AnswerError("report: --open needs a file, not standard output")
    write(asked.files, name)
    if name != files.STANDARD_OUTPUT:
        print(name)
    if asked.open:
        _open(name)
    return 0


def write(names: list[str], output: str) -> None:
    """Write the page of recordings. Raises `AnswerError`, and `OSError` for standard output."""
    from ..exports import files
    from ..exports.played import Played
    from ..html import page

    try:
        played = [Played(file) for file in files.opened(names)]
        files.check_output(output, names)
        files.stored(output, lambda stream: page.write(played, stream))
    except CannotRead as error:
        raise AnswerError(str(error)) from None
    except OSError as error:
        if output == files.STANDARD_OUTPUT:
            raise
        raise AnswerError(f"cannot write {output}: {error.strerror or error}") from None


def _open(name: str) -> None:
    import webbrowser
    from pathlib import Path

    if not webbrowser.open(Path(name).absolute().as_uri()):
        raise AnswerError(f"no browser was found: open {name} in one")
