"""How the modules of this package import: at once, whatever is asked of the program's imports.

With `-X lazy_imports=all` (PEP 810) an import waits for the first use of its name. Ours may
not: that would be while the program runs, in the midst of its lines. The interpreter asks
the built-in names of the code that imports, and those of our modules have another
`__lazy_import__`. An import within `try` is never lazy.

Nor may they bring the program's modules in, or put others in their place: `standard_library`.
"""

try:
    import posix  # not `os`, whose functions the program may replace
    import sys
    from _frozen_importlib import ModuleSpec, module_from_spec
    from _frozen_importlib_external import (
        EXTENSION_SUFFIXES,
        MAGIC_NUMBER,
        ExtensionFileLoader,
        FileFinder,
        FileLoader,
        SourceFileLoader,
        SourcelessFileLoader,
        SourceLoader,
    )
    from _imp import _fix_co_filename  # type: ignore[attr-defined]
    from _weakref import proxy
    from marshal import loads

    from .. import swifttrace as native
    from .builtins import __builtins__ as __builtins__
    from .standard_library import Library
finally:
    pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any

try:
    import _types  # type: ignore[import-not-found]
except ImportError:  # up to 3.13
    _types = None

LazyImport = getattr(_types, "LazyImportType", None)  # type: type | None
"""What a lazy import has bound to its name; None up to 3.14."""

_LOW = 0xFFFFFFFF
_MOST_BYTES = 0x10000
_HEAD = MAGIC_NUMBER + bytes(4)
_TAG = sys.implementation.cache_tag
_IS_PLAIN = not sys.flags.optimize and sys.pycache_prefix is None
library = Library()
_names = vars(sys.modules[f"{__package__}.builtins"])["__builtins__"]


def _import(
    name: str,
    globals: "dict[str, Any] | None" = None,
    locals: "dict[str, Any] | None" = None,
    fromlist: "tuple[str, ...]" = (),
    level: int = 0,
    builtins: object = None,
) -> "ModuleType":
    """`__lazy_import__`, which is told one thing more than `__import__`."""
    return library.import_name(name, globals, locals, fromlist, level)


class _Loader(FileLoader, SourceLoader):
    """`SourceFileLoader`, whose modules have our built-in names from their first line on.

    It is none of its class: pytest would take the module from one of those, and compile it
    itself.
    """

    path_stats = SourceFileLoader.path_stats
    set_data = SourceFileLoader.set_data
    _cache_bytecode = SourceFileLoader._cache_bytecode  # type: ignore[attr-defined]

    status: "posix.stat_result | None" = None
    """Of the source, where our finder has looked for it."""

    def exec_module(self, module: "ModuleType") -> None:
        vars(module)["__builtins__"] = _names
        code = self._kept_code()
        if code is None:
            super().exec_module(module)
        else:
            exec(code, vars(module))

    def _kept_code(self) -> "CodeType | None":
        """Return the code of its `.pyc` if that is current (PEP 552); None where anything is
        out of the ordinary. It takes half the system calls that `get_code` does.
        """
        if self.status is None or not _IS_PLAIN:
            return None
        directory, _, file = self.path.rpartition("/")
        try:
            data = _read(f"{directory}/__pycache__/{file[:-3]}.{_TAG}.pyc")
        except OSError:
            return None
        stamps = int(self.status.st_mtime) & _LOW | (self.status.st_size & _LOW) << 32
        header = _HEAD + stamps.to_bytes(8, "little")
        if data[:16] != header or len(data) >= _MOST_BYTES:
            return None
        code: CodeType = loads(data[16:])
        _fix_co_filename(code, self.path)  # compiled under another name, as of a relative path
        return code


def _read(path: str) -> bytes:
    descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        return posix.read(descriptor, _MOST_BYTES)
    finally:
        posix.close(descriptor)


class _BytecodeLoader(SourcelessFileLoader):
    def exec_module(self, module: "ModuleType") -> None:
        vars(module)["__builtins__"] = _names
        super().exec_module(module)


_LOADERS = (
    (".pyc", _BytecodeLoader),
    *[(suffix, ExtensionFileLoader) for suffix in EXTENSION_SUFFIXES],
)


class _Finder(FileFinder):
    """Finds what lies in one of our directories, which it need not list for that."""

    def __init__(self, path: str) -> None:
        self.path = path

    def find_spec(self, fullname: str, target: object = None) -> "ModuleSpec | None":
        """Return a spec that has one of our loaders, or None."""
        place = f"{self.path}/{fullname.rpartition('.')[2]}"
        status = _status(place + ".py")
        if status is not None:
            source = _Loader(fullname, place + ".py")
            source.status = status
            return _spec(fullname, source)
        for suffix, loader in _LOADERS:
            if _status(place + suffix) is not None:
                return _spec(fullname, loader(fullname, place + suffix))
        if _status(place + "/__init__.py") is not None:
            return _package_spec(fullname, place)
        return None


def _status(path: str) -> "posix.stat_result | None":
    try:
        return posix.stat(path)
    except OSError:
        return None


def _spec(name: str, loader: "Any", directories: "list[str] | None" = None) -> ModuleSpec:
    spec = ModuleSpec(name, loader, origin=loader.path)
    spec.has_location, spec.submodule_search_locations = True, directories
    return spec


def _package_spec(name: str, directory: str) -> ModuleSpec:
    return _spec(name, _Loader(name, directory + "/__init__.py"), [directory])


def load_ours() -> None:
    """Have the modules of the package and of the packages in it loaded so.

    Where another importer has loaded us, from what is no directory, it loads the rest.
    """
    _watch_forks()
    _names["__import__"] = library.import_name
    _names["__lazy_import__"] = _import
    own = str(__package__)
    package = sys.modules[own.partition(".")[0]]
    for directory in package.__path__:
        finder = _Finder(directory)
        if finder.find_spec(own) is None:
            continue
        _find_by(finder)
        for name in posix.listdir(directory):
            if name.isidentifier() and not name.startswith("_"):
                _add(package, name, f"{directory}/{name}")


def _watch_forks() -> None:
    """Have the library told of forks, until `session.state` is."""
    hooks = library.before_fork, library.after_fork, library.renew_lock
    before, after, in_child = native.set_fork_hooks(*hooks)
    posix.register_at_fork(before=before, after_in_parent=after, after_in_child=in_child)


def _add(parent: "ModuleType", name: str, directory: str) -> None:
    """Add a package to another one. To read its `__init__.py`, which has a docstring and no
    more, would take 80 µs at each start.
    """
    full_name = f"{parent.__name__}.{name}"
    if full_name not in sys.modules:
        sys.modules[full_name] = module_from_spec(_package_spec(full_name, directory))
    setattr(parent, name, sys.modules[full_name])
    _find_by(_Finder(directory))


def _find_by(finder: _Finder) -> None:
    """Have the modules in its directory found by it."""
    # 3.11 has a copy of `sys` to its very end, and would keep all that we refer to.
    library.finders.append(finder)
    sys.path_importer_cache[finder.path] = proxy(finder)
