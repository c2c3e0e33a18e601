"""The standard library for this package alone, wherever the program has modules of its own.

A program may have an `ast.py`, and an `import ast` of ours would run it; or ours would be what
the program gets where it imports its own. So what of the library lies in files is loaded from
there, for us, and is no one else's: `sys.modules` does not have it.
"""

try:  # at once: see `imports`
    import posix  # not `os`, whose functions the program may replace
    import sys
    from _frozen_importlib import BuiltinImporter, FrozenImporter, module_from_spec
    from _frozen_importlib_external import PathFinder
    from _thread import RLock

    from .builtins import __builtins__ as __builtins__
finally:
    pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import FileFinder, ModuleSpec
    from types import ModuleType
    from typing import Any

_import_theirs = __import__
_CORE = {
    *("os", "os.path", "posixpath", "genericpath", "stat", "io", "abc", "codecs", "site"),
    *("_collections_abc", "importlib", "runpy", "zipimport", "encodings"),
}
"""What the interpreter itself has loaded by the time that there is a program."""
_COMMON = {"pdb", "linecache", "warnings", "threading", "tempfile", "ctypes", "logging"}
"""What must be the program's, too, as it keeps what others say to it; but no file of its own."""
_COLOURS = "pygments"
_KIND, _DIRECTORY = 0o170000, 0o040000
_HOSTED = ("swifttrace.pytest_", "swifttrace.ipython.magics", __name__)
"""Modules of ours that work for a host, and share its modules."""
_future = type(sys)("__future__")
"""For our modules, which want nothing of it: to load the real one takes 0.15 ms at each start."""
vars(_future)["annotations"] = None


class Library:
    """What was loaded for us."""

    def __init__(self) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.common: set[str] = set()
        """Of those, what shares with the program all that it can."""
        self.hidden: dict[str, ModuleType | None] = {}
        """While some are loaded: what `sys.modules` has without them."""
        self.lock = RLock()
        self.before_fork_later: Callable[[], None] | None = None
        """What takes the place of `before_fork`, once `session.state` is there."""
        self.finders: list[FileFinder] = []
        """Those of this package's directories."""
        library = getattr(sys.modules.get("os"), "__file__", None) or ""
        self.directory = library.rpartition("/")[0]
        self.path = [self.directory, *filter(self._is_of_library, sys.path)]
        self.path.append(self.directory + "/lib-dynload")

    def before_fork(self) -> None:
        """Wait for what is being loaded: no child has half of a module."""
        self.lock.acquire()
        later = self.before_fork_later
        if later is not None:  # Since this one waited: the others end the fork.
            self.lock.release()
            later()

    def after_fork(self) -> None:
        """In the parent."""
        self.lock.release()

    def renew_lock(self) -> None:
        """In a child: the thread that held it may not be there."""
        self.lock = RLock()

    def import_name(
        self,
        name: str,
        globals: "dict[str, Any] | None" = None,
        locals: "dict[str, Any] | None" = None,
        fromlist: "Sequence[str] | None" = (),
        level: int = 0,
    ) -> "ModuleType":
        """`__import__` of our modules, and of those that are loaded for us."""
        importer = str((globals or {}).get("__name__", ""))
        is_ours = importer.startswith("swifttrace")
        if is_ours and name == "__future__":
            return _future
        if level and is_ours:
            with self.lock:
                return _import_theirs(name, globals, locals, fromlist or (), level)
        if not self.directory or importer.startswith(_HOSTED):
            return _import_theirs(name, globals, locals, fromlist or (), level)
        if level:
            name = self._absolute(name, str((globals or {}).get("__package__", "")), level)
        root = name.partition(".")[0]
        if root not in sys.stdlib_module_names and root != _COLOURS:
            return _import_theirs(name, globals, locals, fromlist or (), 0)
        is_common = importer in self.common or (is_ours and root in _COMMON)
        try:
            with self.lock:
                module = self._import(name, fromlist or (), is_common)
                if type(fromlist) is list:  # `PyImport_Import` looks for it in `sys.modules`.
                    sys.modules.setdefault(name, self._load(name, is_common))
                return module
        except Exception:  # What is there for everybody will do, if it is there.
            return _import_theirs(name, globals, locals, fromlist or (), 0)

    def _import(self, name: str, fromlist: "Sequence[str]", is_common: bool) -> "ModuleType":
        module = self._load(name, is_common)
        if not fromlist:
            return self._load(name.partition(".")[0], is_common)
        for each in fromlist:
            if not hasattr(module, each) and hasattr(module, "__path__"):
                self._submodule(f"{name}.{each}", is_common)
        return module

    def _absolute(self, name: str, package: str, level: int) -> str:
        base = package.rsplit(".", level - 1)[0]
        return f"{base}.{name}" if name else base

    def _submodule(self, name: str, is_common: bool) -> None:
        try:  # noqa: SIM105 (contextlib is of the library, too)
            self._load(name, is_common)
        except ModuleNotFoundError:
            pass  # The name is not there, which the interpreter says.

    def _load(self, name: str, is_common: bool) -> "ModuleType":
        if name in self.modules:
            return self.modules[name]
        there = sys.modules.get(name)
        is_known = there is not None and self.has(there)
        if there is not None and is_known and _is_built_in(there):
            return there
        if name.partition(".")[0] in _CORE:
            _import_theirs(name)
            return sys.modules[name]
        parent, _, tail = name.rpartition(".")
        package = self._load(parent, is_common) if parent else None
        inner = vars(package).get(tail) if package else None
        if type(inner) is type(sys):  # As `collections.abc`.
            return inner
        spec = self._found(name, self._path_of(package, name))
        if there is not None and is_known and is_common:
            return there
        is_free = there is None and not any(map(self._hides_some, sys.path))
        if not spec.has_location or (is_common and is_free):
            _import_theirs(name)
            return sys.modules[name]
        return self._loaded(name, spec, is_common)

    def _path_of(self, parent: "ModuleType | None", name: str) -> "list[str]":
        if parent is not None:
            return list(getattr(parent, "__path__", ()))
        if name != _COLOURS:
            return self.path
        # Wherever it is installed: not beside the program.
        return sys.path[1:] if sys.path[:1] and sys.path[0] in _own_places() else list(sys.path)

    def _found(self, name: str, path: "list[str]") -> "ModuleSpec":
        spec = BuiltinImporter.find_spec(name) or PathFinder.find_spec(name, path)
        spec = spec or FrozenImporter.find_spec(name)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return spec

    def _hides_some(self, directory: str) -> bool:
        """Whether there are modules with names of the library's in the directory."""
        if "-packages" in directory or f"{directory}/".startswith(self.directory + "/"):
            return False
        try:
            files = posix.listdir(directory or ".")
        except OSError:
            return False
        return any(_is_like_the_library_s(directory or ".", file) for file in files)

    def has(self, module: "ModuleType") -> bool:
        """Whether a module is the library's, and not the program's by that name."""
        spec = vars(module).get("__spec__") if type(module) is type(sys) else None
        origin = getattr(spec, "origin", None)
        return origin in ("built-in", "frozen") or (
            isinstance(origin, str) and self._is_of_library(origin)
        )

    def _is_of_library(self, place: str) -> bool:
        inside = place.removeprefix(self.directory + "/")
        return inside != place and "-packages" not in inside

    def _loaded(self, name: str, spec: "ModuleSpec", is_common: bool) -> "ModuleType":
        module = module_from_spec(spec)
        vars(module)["__builtins__"] = __builtins__
        is_outermost = not self.hidden
        names = set(sys.modules) if is_outermost else set()
        self._show(name, module)
        if is_common:
            self.common.add(name)
        try:
            spec.loader.exec_module(module)  # type: ignore[union-attr]
        except BaseException:
            del self.modules[name]
            raise
        finally:
            if is_outermost:
                self._hide(names)
        parent, _, tail = name.rpartition(".")
        if parent in self.modules:
            setattr(self.modules[parent], tail, module)
        return module

    def _show(self, name: str, module: "ModuleType") -> None:
        """Modules find themselves and each other by their names, while they are loaded."""
        self.modules[name] = module
        for each in self.modules:
            self.hidden.setdefault(each, sys.modules.get(each))
            sys.modules[each] = self.modules[each]

    def _hide(self, names: "set[str]") -> None:
        hidden, self.hidden = self.hidden, {}
        for name in set(sys.modules).difference(names, hidden):
            if name.rpartition(".")[0] in self.modules:  # As `collections.abc`.
                del sys.modules[name]
        for name, module in hidden.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module


def _own_places() -> "set[str]":
    """Where the interpreter puts the program's own modules, the first of `sys.path`."""
    import os

    main = getattr(sys.modules.get("__main__"), "__file__", None) or ""
    scripts = [str(main), *getattr(sys, "argv", [])[:1]]
    places = {
        os.path.dirname(place) for each in scripts for place in (each, os.path.realpath(each))
    }
    try:
        return {"", posix.getcwd(), *places}
    except OSError:
        return {"", *places}


def _is_like_the_library_s(directory: str, file: str) -> bool:
    name, _, suffix = file.partition(".")
    if name not in sys.stdlib_module_names or name in ("test", "this"):
        return False
    if not suffix:
        return _is_directory(f"{directory}/{file}")
    return suffix in ("py", "pyc") or suffix.endswith("so")


def _is_directory(path: str) -> bool:
    try:
        return posix.stat(path).st_mode & _KIND == _DIRECTORY
    except OSError:
        return False


def _is_built_in(module: "ModuleType") -> bool:
    return bool(vars(module)["__spec__"].origin == "built-in")
