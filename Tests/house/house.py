"""How the house stands: the floors, and some counts with the bounds they are to keep to.

Prints a table. Exits with 1 where a floor is broken, or a bound that held before.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import floors
import python_source
import swift_source

ROOT = Path(__file__).resolve().parents[2]
SOURCES, PACKAGE = ROOT / "Sources", ROOT / "python"
SUFFIXES = {".swift", ".py", ".h"}
PROGRAMS = ("Tests/python/programs", "Tests/python/trees", "examples")
"""What tests run: not read as a part of the house."""
OPTION_WORDS = ("dump_signal", "show_secrets", "watch_break", "debug_log", "banner")
"""Options whose names mean nothing else."""


@dataclass
class Row:
    """One count of the table."""

    what: str
    value: float
    bound: float
    is_least: bool = False
    """Whether the bound is the least that there may be."""
    awaited: bool = False
    """Whether it is known not to hold yet."""
    details: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bound is kept to."""
        return self.value >= self.bound if self.is_least else self.value <= self.bound


def tracked(suffixes: set[str]) -> list[Path]:
    """Return the files of the project, those that are new too."""
    said = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, stdout=-1, text=True, check=True
    )
    paths = [Path(line) for line in said.stdout.splitlines()]
    return [path for path in paths if path.suffix in suffixes and (ROOT / path).exists()]


def folder_row() -> Row:
    """Count the source files of each folder."""
    counts: dict[str, int] = {}
    for path in tracked(SUFFIXES):
        if not str(path).startswith(PROGRAMS):
            counts[str(path.parent)] = counts.get(str(path.parent), 0) + 1
    largest = max(counts, key=counts.__getitem__)
    return Row("files in one folder", counts[largest], 16, details=largest)


def length_row(suffix: str, language: str) -> Row:
    """Count the lines of each file that is installed or linked."""
    paths = [ROOT / path for path in tracked({suffix}) if path.parts[0] in ("Sources", "python")]
    longest = max(paths, key=lambda path: path.read_text().count("\n"))
    lines = longest.read_text().count("\n")
    return Row(f"lines of a {language} file", lines, 400, details=longest.name)


def tracer_rows(files: list[swift_source.SwiftFile]) -> list[Row]:
    """Count what `Tracer` is made of."""
    own = [file for file in files if "Tracer" in file.declared() | file.extended()]
    lines = sum(file.lines for file in own)
    return [
        Row("lines of Tracer", lines, 600),
        Row("files of Tracer", len(own), 4),
    ]


def circle_row(files: list[swift_source.SwiftFile]) -> Row:
    """Count the files of TraceEngines that depend on each other."""
    engines = [file for file in files if "TraceEngines" in file.path.parts]
    groups = python_source.circles(swift_source.uses(engines))
    return Row("Swift files of TraceEngines in circles", sum(map(len, groups)), 2)


def parameter_rows(
    files: list[swift_source.SwiftFile], modules: dict[str, python_source.Module]
) -> list[Row]:
    """Count functions with many parameters, but for the face of the package."""
    most = python_source.MOST_PARAMETERS
    swift = [each.name for file in files for each in file.functions() if each.parameters > most]
    python = [
        f"{module.name}.{function.name}"
        for module in modules.values()
        for function in module.functions()
        if python_source.parameters(function) > most and (module.name, function.name) not in PUBLIC
    ]
    return [
        Row("Swift functions of over 6 parameters", len(swift), 0, details=", ".join(swift)),
        Row("Python functions of over 6 parameters", len(python), 0, details=", ".join(python)),
    ]


PUBLIC = {("swifttrace.api", "enable"), ("swifttrace.config.option", "__init__")}
"""`enable` has one for each option; a row of the table has names for what it says."""


def option_row(modules: dict[str, python_source.Module]) -> Row:
    """Count the files that an option's name stands in."""
    found = python_source.files_with(modules, list(OPTION_WORDS))
    most = max(found, key=lambda name: len(found[name]))
    names = ", ".join(each.removeprefix("swifttrace.") for each in found[most])
    return Row(
        "Python files with an option's name", len(found[most]), 3, details=f"{most}: {names}"
    )


def documentation_rows(files: list[swift_source.SwiftFile]) -> list[Row]:
    """Count documentation comments that lean on others, and declarations without any."""
    texts = [text for file in files for text in file.documentation()]
    leaning = [text for text in texts if swift_source.leans(text)]
    counts = [file.public() for file in files]
    public, documented = (sum(count) for count in zip(*counts, strict=True))
    return [
        Row("doc comments that are half a sentence, %", 100 * len(leaning) / len(texts), 1),
        Row("public declarations documented, %", 100 * documented / public, 95, True),
    ]


def function_rows(files: list[swift_source.SwiftFile]) -> list[Row]:
    """Measure the functions."""
    lines = sorted(each.lines for file in files for each in file.functions())
    ninth = lines[len(lines) * 9 // 10]
    return [
        Row("function lines: median", statistics.median(lines), 6),
        Row("function lines: 9 in 10", ninth, 13),
        Row("function lines: longest", lines[-1], 29),
    ]


def rows() -> list[Row]:
    """Return the table."""
    files = swift_source.read_sources(SOURCES)
    modules = python_source.read_package(PACKAGE)
    return [
        folder_row(),
        length_row(".py", "Python"),
        length_row(".swift", "Swift"),
        *tracer_rows(files),
        circle_row(files),
        *parameter_rows(files, modules),
        option_row(modules),
        *documentation_rows(files),
        *function_rows(files),
    ]


def main() -> None:
    """Print the table, then what is broken."""
    table = rows()
    for row in table:
        sign, mark = ">=" if row.is_least else "<=", "  " if row.holds else "! "
        details = f"  {row.details}" if row.details else ""
        print(f"{mark}{row.what:42}{row.value:8.4g}  {sign} {row.bound:<5g}{details}")
    faults = [*floors.python_faults(PACKAGE), *floors.swift_faults(SOURCES)]
    faults += [f"{row.what}: {row.value:g}" for row in table if not row.holds and not row.awaited]
    for fault in faults:
        print("broken:", fault, file=sys.stderr)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
