"""How the modules of this package import: at once, whatever is asked of the program's imports.

With `-X lazy_imports=all` (PEP 810) an import waits for the first use of its name. Ours may
not: that would be while the program runs, in the midst of its lines. The interpreter asks
the built-in names of the code that imports, and those of our modules have another
`__lazy_import__`. An import within `try` is never lazy.

Nor may they bring the program's modules in, or put others in their place: `standard`.
"""

try:
    import sys
    from _frozen_importlib_external import (
        BYTECODE_SUFFIXES,
        EXTENSION_SUFFIXES,
        SOURCE_SUFFIXES,
        ExtensionFileLoader,
        FileFinder,
        FileLoader,
        SourceFileLoader,
        SourcelessFileLoader,
        SourceLoader,
    )
    from _weakref import proxy

    from .standard import Library
    from .unpatched import __builtins__ as __builtins__
finally:
    pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

try:
    import _types  # type: ignore[import-not-found]
except ImportError:  # up to 3.13
    _types = None

LazyImport = getattr(_types, "LazyImportType", None)  # type: type | None
"""What a lazy import has bound to its name; None up to 3.14."""

library = Library()
_names = vars(sys.modules[f"{__package__}.unpatched"])["__builtins__"]


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

    def exec_module(self, module: "ModuleType") -> None:
        vars(module)["__builtins__"] = _names
        super().exec_module(module)


class _BytecodeLoader(SourcelessFileLoader):
    def exec_module(self, module: "ModuleType") -> None:
        vars(module)["__builtins__"] = _names
        super().exec_module(module)


_LOADERS = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (_Loader, SOURCE_SUFFIXES),
    (_BytecodeLoader, BYTECODE_SUFFIXES),
)


def load_ours(directories: "list[str]") -> None:
    """Have the modules in these directories, the package's, loaded so.

    Where another importer has loaded us, from what is no directory, it loads the rest.
    """
    _names["__import__"] = library.import_name
    _names["__lazy_import__"] = _import
    for directory in directories:
        hooked = FileFinder(directory, *_LOADERS)  # type: ignore[arg-type]
        if hooked.find_spec(__name__) is not None:
            # 3.11 has a copy of `sys` to its very end, and would keep all that we refer to.
            library.finders.append(hooked)
            sys.path_importer_cache[directory] = proxy(hooked)
