"""Which packages' tests are run, and where these are: in the sdists that PyPI has."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path


class Package:
    """One package, of one version."""

    def __init__(
        self,
        name: str,
        version: str,
        *needs: str,
        source: str = "src",
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.version = version
        self.needs = needs
        """What its tests import besides."""
        self.source = source
        """Where its modules are in the sdist."""
        self.arguments = arguments
        """What pytest is told: not all that takes long says more."""

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}"


ALL = [
    Package("attrs", "26.1.0", "hypothesis", "cloudpickle", "pympler"),
    Package("click", "8.5.1"),
    Package("jinja2", "3.1.6", "trio"),
    # Sub-tests of unittest. All of them are 180 million lines.
    Package(
        "more-itertools",
        "11.2.1",
        source=".",
        arguments=("tests/test_recipes.py", "-knot test_primes"),
    ),
    # 51,000 of its 62,000 tests are of versions.
    Package(
        "packaging",
        "26.3",
        *("hypothesis", "pretend", "tomli_w", "pip"),
        arguments=("--ignore=tests/test_version.py",),
    ),
    # pytest itself runs on this one.
    Package("pluggy", "1.7.0", "pytest-benchmark"),
    # Without those that start servers.
    Package(
        "werkzeug",
        "3.1.9",
        *("cryptography", "ephemeral-port-reserve", "watchdog", "pytest-timeout"),
        arguments=("--ignore=tests/test_serving.py",),
    ),
]


def named(names: list[str] | None) -> list[Package]:
    """Return those of these names, all for None. Raises `ValueError` for an unknown one."""
    if names is None:
        return ALL
    known = {package.name: package for package in ALL}
    for name in names:
        if name not in known:
            raise ValueError(f"no package {name!r}: there are {', '.join(known)}")
    return [known[name] for name in names]


def requirements() -> list[str]:
    """Return what an environment needs to run the tests of all of them."""
    return sorted({each for package in ALL for each in (package.requirement, *package.needs)})


def unpacked(package: Package, sources: Path, download: Callable[[str, Path], object]) -> Path:
    """Return the directory of a package's sdist below `sources`; fetch it where it is not there.

    `download` puts the sdist of a requirement into a directory.
    """
    directory = sources / f"{package.name}-{package.version}"
    if not directory.exists():
        sources.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=sources) as work:
            download(package.requirement, Path(work))
            os.rename(_extracted(Path(work)), directory)
    return directory


def _extracted(work: Path) -> Path:
    (archive,) = work.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(work, filter="data")
    (directory,) = (path for path in work.iterdir() if path.is_dir())
    return directory


def copy(directory: Path, to: Path) -> Path:
    """Copy a package for one run: tests leave files."""
    return Path(shutil.copytree(directory, to, symlinks=True))
