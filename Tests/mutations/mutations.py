"""Applies edits that break the code, and tells which of them no test notices."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EDITS = Path(__file__).with_name("edits.toml")
COPIED = ("Sources", "Package.swift", "Tests/TraceCoreTests")  # which the manifest names
NOTICED, SURVIVED, STALE, BROKEN = "noticed", "SURVIVED", "STALE", "BROKEN"
"""STALE: the text to be replaced is not in the file once. BROKEN: it does not compile, or the
tests fail without the edit as well."""
MOST_SECONDS = 900


class Edit:
    """One of `edits.toml`."""

    def __init__(self, fields: dict[str, object]) -> None:
        self.name: str = fields["name"]
        self.file: str = fields["file"]
        self.find: str = fields["find"]
        self.replace: str = fields["replace"]
        self.tests: list[str] = fields["tests"]

    @property
    def is_swift(self) -> bool:
        return self.file.endswith((".swift", ".h"))

    def is_named(self, words: list[str]) -> bool:
        return not words or any(word in self.name or word in self.file for word in words)

    @contextmanager
    def applied(self, file: Path):
        """Edit a file, and put back what was there; the time of its change tells builds."""
        before = file.read_text()
        file.write_text(before.replace(self.find, self.replace))
        try:
            yield
        finally:
            file.write_text(before)


class Copy:
    """A copy of the tree, and of the environment that the wheel is installed in."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "tree"
        self.root.mkdir()
        for name in COPIED:
            source = ROOT / name
            (self.root / name).parent.mkdir(exist_ok=True)
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            copy(source, self.root / name)
        self.environment = directory / "environment"
        shutil.copytree(sys.prefix, self.environment, symlinks=True, copy_function=_link)
        package = next(self.environment.glob("lib/python3.*/site-packages/swifttrace"))
        self.installed = package.parent
        # Not links: they are written to.
        for name in ("swifttrace", "swifttrace_start.py", "swifttrace_pytest.py"):
            _detach(self.installed / name)
        self._own_scripts()

    def _own_scripts(self) -> None:
        """Have the commands run the copy's Python, not the one they were installed for."""
        for file in (self.environment / "bin").iterdir():
            content = b"" if file.is_symlink() else file.read_bytes()
            if content.startswith(b"#!" + os.fsencode(sys.prefix)):
                mode = file.stat().st_mode
                file.unlink()
                file.write_bytes(
                    content.replace(os.fsencode(sys.prefix), os.fsencode(self.environment), 1)
                )
                file.chmod(mode)

    @property
    def python(self) -> str:
        return os.fspath(self.environment / "bin" / "python")

    def file(self, edit: Edit) -> Path:
        """The file that an edit changes: of Python the one that is installed."""
        if edit.is_swift:
            return self.root / edit.file
        return self.installed / Path(edit.file).relative_to("python")

    def build(self) -> bool:
        """Build the native module and put it where it is installed."""
        build = ["swift", "build", "-c", "release", "--product", "swifttrace", *_header_flags()]
        ended = subprocess.run(build, cwd=self.root, capture_output=True, check=False)
        if ended.returncode:
            sys.stderr.buffer.write(ended.stdout[-2000:])
            return False
        built = self.root / ".build" / "release" / "libswifttrace.so"
        shutil.copy2(built, self.installed / "swifttrace" / "swifttrace.abi3.so")
        return True

    def passes(self, tests: list[str]) -> bool:
        ended = subprocess.run(
            [self.python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=MOST_SECONDS,
            check=False,
        )
        if ended.returncode not in (0, 1, 2):  # passed, failed, failed as it was collected
            sys.stderr.buffer.write(ended.stdout[-2000:])
            sys.exit(f"pytest cannot run {' '.join(tests)}: status {ended.returncode}")
        return ended.returncode == 0


def _header_flags() -> list[str]:
    command = ["bash", "-c", ". scripts/common && header_flags", "scripts/mutations"]
    return subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
    ).stdout.split()


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
        return target
    except OSError:  # another file system
        return shutil.copy2(source, target, follow_symlinks=False)


def _detach(path: Path) -> None:
    for file in [path] if path.is_file() else [f for f in path.rglob("*") if f.is_file()]:
        content = file.read_bytes()
        file.unlink()
        if file.suffix != ".pyc":
            file.write_bytes(content)


def _tried(edit: Edit, copy: Copy, sound: dict[tuple[str, ...], bool]) -> str:
    file = copy.file(edit)
    if file.read_text().count(edit.find) != 1:
        return STALE
    tests = tuple(edit.tests)
    if tests not in sound:
        sound[tests] = copy.passes(edit.tests)
    if not sound[tests]:
        return BROKEN
    with edit.applied(file):
        if edit.is_swift and not copy.build():
            return BROKEN
        return SURVIVED if copy.passes(edit.tests) else NOTICED


def _try_all(edits: list[Edit]) -> int:
    counts = dict.fromkeys((NOTICED, SURVIVED, STALE, BROKEN), 0)
    # Before the first edit of Swift what is installed is whole; after one it is not.
    edits = sorted(edits, key=lambda edit: edit.is_swift)
    with tempfile.TemporaryDirectory(prefix="swifttrace-mutations-") as directory:
        copy, sound = Copy(Path(directory)), {}
        for tests in {tuple(edit.tests) for edit in edits}:
            sound[tests] = copy.passes(list(tests))
        for edit in edits:
            became = _tried(edit, copy, sound)
            counts[became] += 1
            print(f"{became:8} {edit.name} ({edit.file})", flush=True)
    print(", ".join(f"{count} {became.lower()}" for became, count in counts.items() if count))
    return 0 if counts[NOTICED] == len(edits) else 1


def read_edits() -> list[Edit]:
    """Return those of `edits.toml`."""
    return [Edit(fields) for fields in tomllib.loads(EDITS.read_text())["edit"]]


def main(arguments: list[str]) -> int:
    words = [word for word in arguments if not word.startswith("-")]
    unknown = {*arguments} - {*words} - {"--list", "--python-only"}
    if unknown:
        sys.exit(f"scripts/mutations: unknown option {sorted(unknown)[0]}")
    edits = read_edits()
    edits = [edit for edit in edits if edit.is_named(words)]
    if "--python-only" in arguments:
        edits = [edit for edit in edits if not edit.is_swift]
    if not edits:
        sys.exit("scripts/mutations: no edit of that name")
    if "--list" in arguments:
        for edit in edits:
            print(f"{edit.file}: {edit.name}")
        return 0
    return _try_all(edits)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
