"""Hooks the build of the native module, by the Swift package manager, into setuptools."""

import os
import shutil
import subprocess
import sys
import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

HERE = os.path.dirname(os.path.abspath(__file__))
PRODUCT = "swifttrace"


# Read by `site` at every start: beside the packages, not in one.
STARTUP_FILES = ["swifttrace.pth", "swifttrace.start"]


class build_with_startup(build_py):  # noqa: N801
    """Puts the files that start a trace by the environment beside the package."""

    def run(self):
        super().run()
        if not self.editable_mode:
            for name in STARTUP_FILES:
                self.copy_file(os.path.join("python", name), os.path.join(self.build_lib, name))


class build_swift(build_ext):  # noqa: N801 (setuptools' own style)
    """Builds the extension with `swift build` instead of a C compiler."""

    def build_extension(self, ext):
        built = self.swift_build()
        target = self.get_ext_fullpath(ext.name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(built, target)
        self.strip(target)

    def swift_build(self):
        """Build the release; return the library's path."""
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
        build += ["--product", PRODUCT, "-Xcc", "-I" + include]
        subprocess.run(build, check=True)
        where = subprocess.check_output([*build, "--show-bin-path"], text=True).strip()
        suffix = ".dylib" if sys.platform == "darwin" else ".so"
        return os.path.join(where, "lib" + PRODUCT + suffix)

    @staticmethod
    def strip(library):
        """Remove the symbols nobody links against; they are most of the size."""
        strip = shutil.which("strip")
        options = ["-x"] if sys.platform == "darwin" else []
        if strip is not None:
            subprocess.run([strip, *options, library], check=True)


setup(
    cmdclass={"build_ext": build_swift, "build_py": build_with_startup},
    ext_modules=[Extension("swifttrace.swifttrace", sources=[], py_limited_api=True)],
)
