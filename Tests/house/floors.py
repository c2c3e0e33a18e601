"""Which folder may use which: the floors of the house, and what breaks them."""

from __future__ import annotations

from pathlib import Path

import python_source
import swift_source
from swift_source import SwiftFile

PYTHON_FLOORS = (
    ("runtime", "version", "swifttrace", "reading", "writing", "attaching", "exporting"),
    ("config", "described", "recordings", "processes"),
    ("children", "compare", "debug_log", "details", "exports", "questions"),
    ("session", "flakiness", "html", "reports"),
    ("api", "decorators", "settrace_pair", "pytest_support"),
    ("launch",),
    ("attach",),
    ("cli",),
    ("ipython",),
    ("__init__", "__main__"),
)
"""From below: a module uses those of its own folder, and of the floors below it. `version` is a
module by itself, `swifttrace`, `reading`, `writing`, `attaching` and `exporting` are the native
ones."""

TOGETHER = {("api", "decorators"), ("settrace_pair", "api")}
"""Modules of one floor of which the first uses the second."""

CORE_FLOORS = (
    ("Text",),
    ("System", "Bytecode"),
    ("Source",),
    ("Files",),
    ("Lines", "Events"),
    ("Output",),
    ("Ring", "Process"),
    ("Recorded",),
)
ENGINE_FLOORS = (
    ("Interpreter",),
    ("Code",),
    ("Output",),
    ("Writers",),
    ("Session", "Values"),
    ("Calls",),
    ("Tracer",),
    ("Monitoring", "Settrace311"),
    ("Engines",),
)
INTEROP_USES = {"Text", "System"}
"""Of TraceCore, the folders that PythonInterop may use: bytes, and errors to be raised."""

NOT_YET = {
    "TraceCore": "Files>Lines System>Output Output>Ring Output>Process Ring>Process",
    "TraceEngines": "",
}
"""Of the Swift folders: the first uses the second, which is above it or on its floor, and is to
be taught not to. What is gone by now is taken from here."""


def python_faults(root: Path) -> list[str]:
    """Return what the package's modules may not import, and its circles."""
    modules = python_source.read_package(root)
    graph = python_source.uses(modules)
    faults = [f"circle: {' <-> '.join(group)}" for group in python_source.circles(graph)]
    for name, used in graph.items():
        for other in sorted(used):
            if not _may_use(_folder(modules[name].folder), _folder(modules[other].folder)):
                faults.append(f"{name} imports {other}")
    return faults


def _folder(name: str) -> str:
    return "__init__" if name == python_source.PACKAGE else name


def _may_use(one: str, other: str) -> bool:
    floors = {name: floor for floor, names in enumerate(PYTHON_FLOORS) for name in names}
    if one == other or (one, other) in TOGETHER or (other, one) in TOGETHER:
        return True
    return floors.get(one, -1) > floors.get(other, len(PYTHON_FLOORS))


def swift_uses(files: list[SwiftFile]) -> set[tuple[str, str]]:
    """Return the pairs of folders of which the first names types of the second."""
    folders = {str(file.path): file.path.parent.name for file in files}
    return {
        (folders[path], folders[other])
        for path, used in swift_source.uses(files).items()
        for other in used
        if folders[path] != folders[other]
    }


def swift_faults(sources: Path) -> list[str]:
    """Return what folders use of floors that are not below them, but for what is not yet so.

    Folders that are on no floor may use everything.
    """
    faults = _interop_faults(sources)
    for target, floors in (("TraceCore", CORE_FLOORS), ("TraceEngines", ENGINE_FLOORS)):
        heights = {name: floor for floor, names in enumerate(floors) for name in names}
        used = swift_uses(swift_source.read_sources(sources / target))
        known = {(one, other) for one, other in used if one in heights and other in heights}
        wrong = {pair for pair in known if heights[pair[0]] <= heights[pair[1]]}
        excused = {tuple(pair.split(">")) for pair in NOT_YET[target].split()}
        faults += [f"{target}: {one} uses {other}" for one, other in sorted(wrong - excused)]
    return faults


def _interop_faults(sources: Path) -> list[str]:
    """Return what PythonInterop uses of TraceCore besides its lowest floors."""
    targets = (sources / "PythonInterop", sources / "TraceCore")
    used = swift_uses([file for target in targets for file in swift_source.read_sources(target)])
    others = {other for one, other in used if one == "PythonInterop"} - INTEROP_USES
    return [f"PythonInterop uses TraceCore's {other}" for other in sorted(others)]
