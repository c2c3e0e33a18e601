"""Hooks the build of the native module, by the Swift package manager, into setuptools.

The manual page and the completions for shells are made here, too, from the table of options.
"""

import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

HERE = os.path.dirname(os.path.abspath(__file__))


# Read by `site` at every start: beside the packages, not in one.
STARTUP_FILES = ["swifttrace.pth", "swifttrace.start"]

# Made below build/share; each is installed in the directory of that name of the environment.
SHELL_FILES = [
    "share/man/man1/swifttrace.1",
    "share/bash-completion/completions/swifttrace",
    "share/zsh/site-functions/_swifttrace",
    "share/fish/vendor_completions.d/swifttrace.fish",
]


class build_with_startup(build_py):  # noqa: N801
    """Puts the files that start a trace by the environment beside the package."""

    def run(self):
        super().run()
        make_shell_files()
        if not self.editable_mode:
            for name in STARTUP_FILES:
                self.copy_file(os.path.join("python", name), os.path.join(self.build_lib, name))


def make_shell_files():
    """Write the manual page and the completions for bash, zsh and fish."""
    maker = os.path.join(HERE, "docs", "shell")
    subprocess.run([sys.executable, maker, os.path.join(HERE, "build", "share")], check=True)


class build_swift(build_ext):  # noqa: N801 (setuptools' own style)
    """Builds the extension with `swift build` instead of a C compiler."""

    def build_extension(self, ext):
        built = self.swift_build(ext.name.rpartition(".")[2])
        target = self.get_ext_fullpath(ext.name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(built, target)
        self.strip(target)

    def swift_build(self, product):
        """Build the release of a product; return the library's path."""
        swift = shutil.which("swift")
        if swift is None:
            sys.exit(
                "swifttrace: no Swift compiler found: "
                "install Swift 6.0 or later (swift.org/install)"
            )
        include = sysconfig.get_path("include")
        if not os.path.exists(os.path.join(include, "Python.h")):
            sys.exit(f"swifttrace: no Python.h in {include}: install the headers (python3-dev)")
        scratch = os.path.join(HERE, ".build")
        build = [swift, "build", "-c", "release", "--package-path", HERE, "--scratch-path", scratch]
        build += ["--product", product, "-Xcc", "-I" + include, "-Xcc", headers_flag()]
        subprocess.run(build, check=True)
        where = subprocess.check_output([*build, "--show-bin-path"], text=True).strip()
        suffix = ".dylib" if sys.platform == "darwin" else ".so"
        return os.path.join(where, "lib" + product + suffix)

    @staticmethod
    def strip(library):
        """Remove the symbols nobody links against; they are most of the size."""
        strip = shutil.which("strip")
        # Nobody reads the sections either: they are a third of a kilobyte.
        unread = [".comment", ".swift_modhash", ".tm_clone_table"]
        removed = [f"--remove-section={name}" for name in unread]
        options = ["-x"] if sys.platform == "darwin" else removed
        if strip is not None:
            subprocess.run([strip, *options, library], check=True)


def headers_flag():
    """Return a flag that changes with our headers, into which SwiftPM does not look."""
    digest = hashlib.sha256()
    for name in sorted(glob.glob(os.path.join(HERE, "Sources", "C*", "*.h"))):
        with open(name, "rb") as file:
            digest.update(file.read())
    return "-DHEADERS=" + digest.hexdigest()[:16]


class wheel_with_bill(bdist_wheel):  # noqa: N801
    """Puts in the wheel what it is made of (PEP 770)."""

    def write_wheelfile(self, wheelfile_base, *arguments, **named):
        super().write_wheelfile(wheelfile_base, *arguments, **named)
        directory = os.path.join(wheelfile_base, "sboms")
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, "swifttrace.cdx.json"), "w") as file:
            json.dump(bill_of_materials(self.distribution.get_version()), file, indent=2)
            file.write("\n")


def bill_of_materials(version):
    """Return it as CycloneDX has it, without a time: the same source makes the same wheel."""
    own = component("swifttrace", version, "MIT", "pkg:pypi/swifttrace@" + version)
    runtime = component(
        "swift-embedded-standard-library", swift_version(), "Apache-2.0 WITH Swift-exception"
    )
    runtime["description"] = "linked into each of the native modules, as far as it is used"
    dependencies = [
        {"ref": own["bom-ref"], "dependsOn": [runtime["bom-ref"]]},
        {"ref": runtime["bom-ref"]},
    ]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own},
        "components": [runtime],
        "dependencies": dependencies,
    }


def component(name, version, license, url=None):
    found = {
        "type": "library",
        "bom-ref": name + "@" + version,
        "name": name,
        "version": version,
        "licenses": [{"expression": license}],
    }
    return {**found, "purl": url} if url else found


def swift_version():
    said = subprocess.run(["swift", "--version"], stdout=-1, stderr=-2, text=True, check=True)
    found = re.search(r"Swift version (\S+)", said.stdout)
    return found[1] if found else "unknown"


setup(
    cmdclass={
        "bdist_wheel": wheel_with_bill,
        "build_ext": build_swift,
        "build_py": build_with_startup,
    },
    data_files=[(os.path.dirname(name), [os.path.join("build", name)]) for name in SHELL_FILES],
    ext_modules=[
        Extension("swifttrace." + name, sources=[], py_limited_api=True)
        for name in ("swifttrace", "reading", "writing", "attaching", "exporting")
    ],
)
