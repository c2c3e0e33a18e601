"""The Swift sources as a graph: which types each file declares, uses and says of them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

_BLANKED = re.compile(r'//[^\n]*|/\*.*?\*/|"""(?:.*?)"""|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_TYPE = re.compile(r"\b(?:struct|class|enum|protocol|actor)\s+([A-Z]\w*)")
_WORD = re.compile(r"\b[A-Z]\w*")
_FUNCTION = re.compile(r"\b(?:func\s+[^\s(<]+|init[?!]?)\s*(?:<[^>]*>)?\s*\(")
_EXTENDED = re.compile(r"^extension\s+(\w+)", re.MULTILINE)
_PUBLIC = re.compile(
    r"^\s*(?:@\S+\s+)*(?:public|open)\s+(?!import)(?:.*\b)?(?:func|var|let|struct|class|enum|init|protocol|"
    r"typealias|subscript|extension)\b"
)
_OPERATOR = re.compile(r"\bfunc\s+[^\w\s]")
_LEANS = re.compile(
    r"^(?:[a-z]|(?:And|Or|But|Nor|Those|That|These|They|Them|It|Its|Not|None|The same|Also|So|Then"
    r"|As|Where|Of|By|For|In|With|Without|From|To|On|At)\b(?! [A-Z`])[^.,]*\.$)"
)


def blanked(text: str) -> str:
    """Return a source without its comments and strings, each place where it was."""
    return _BLANKED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


@dataclass
class Function:
    """A function or an initializer with a body."""

    name: str
    lines: int
    parameters: int


@dataclass
class SwiftFile:
    """One file."""

    path: Path
    text: str = field(init=False)
    code: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = self.path.read_text()
        self.code = blanked(self.text)

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.text.count("\n")

    def declared(self) -> set[str]:
        """Return the names of its types."""
        return set(_TYPE.findall(self.code))

    def used(self) -> set[str]:
        """Return every name that a type could have."""
        return set(_WORD.findall(self.code))

    def extended(self) -> set[str]:
        """Return the names of the types it extends."""
        return set(_EXTENDED.findall(self.code))

    def functions(self) -> list[Function]:
        """Return those that have a body."""
        return [each for found in _FUNCTION.finditer(self.code) if (each := self._function(found))]

    def _function(self, found: re.Match[str]) -> Function | None:
        end = _closing(self.code, found.end() - 1)
        body = re.compile(r"[^{}\n]*(?:\n[^{}\n]*)?\{").match(self.code, end)
        if body is None or re.search(r"\bfunc\b|\bvar\b|\blet\b", body[0]):
            return None
        last = _closing(self.code, body.end() - 1)
        start = self.code.rfind("\n", 0, found.start()) + 1
        name = self.code[found.start() : found.end() - 1]
        given = self.code[found.end() : end - 1]
        return Function(name, self.code.count("\n", start, last) + 1, _commas(given))

    def documentation(self) -> list[str]:
        """Return the texts of its documentation comments."""
        blocks = re.findall(r"(?:^[ \t]*///[^\n]*\n)+", self.text, re.MULTILINE)
        return [
            " ".join(re.sub(r"^[ \t]*/// ?", "", block, flags=re.M).split()) for block in blocks
        ]

    def public(self) -> tuple[int, int]:
        """Return how many public declarations there are, and how many have documentation."""
        lines = self.text.split("\n")
        places = [place for place, line in enumerate(lines) if _PUBLIC.match(line)]
        places = [place for place in places if "override" not in lines[place].split("(")[0]]
        return len(places), sum(_is_documented(lines, place) for place in places)


def _is_documented(lines: list[str], place: int) -> bool:
    place -= 1
    while place >= 0 and lines[place].strip().startswith(("@", "#if")):
        place -= 1
    return place >= 0 and lines[place].strip().startswith("///")


def _closing(code: str, opening: int) -> int:
    """Return the place behind the bracket that closes the one at `opening`."""
    pairs = {"(": ")", "{": "}"}
    opened, closed = code[opening], pairs[code[opening]]
    depth = 0
    for place in range(opening, len(code)):
        depth += (code[place] == opened) - (code[place] == closed)
        if depth == 0:
            return place + 1
    return len(code)


def _commas(given: str) -> int:
    """Return how many parameters there are between the brackets of a declaration."""
    depth, count = 0, 1 if given.strip() else 0
    for character in given.replace("->", "  "):
        depth += (character in "([{<") - (character in ")]}>")
        count += character == "," and depth == 0
    return count


def leans(text: str) -> bool:
    """Whether a documentation comment is half a sentence, which needs another one above it."""
    return not text.startswith("`") and bool(_LEANS.match(text))


def read_sources(root: Path) -> list[SwiftFile]:
    """Return every Swift file below a directory."""
    return [SwiftFile(path) for path in sorted(root.rglob("*.swift"))]


def uses(files: list[SwiftFile]) -> dict[str, set[str]]:
    """Return, by paths, the files that declare the types each file names."""
    declaring = defaultdict(set)
    for file in files:
        for name in file.declared():
            declaring[name].add(str(file.path))
    graph = {}
    for file in files:
        own = file.declared()
        named = [declaring[name] for name in file.used() - own if len(declaring[name]) == 1]
        graph[str(file.path)] = set().union(*named) - {str(file.path)}
    return graph
