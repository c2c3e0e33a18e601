"""Functions by the names that people have for them: `random.seed`, `Store.close`, `open`."""

from __future__ import annotations

import builtins
import sys

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.frames import code_of
from .texts import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from .places import Place, Project

_Module = type(sys)
_Function = type(code_of)
_Method = type(type("", (), {"f": lambda self: None})().f)
_BUILTIN, _METHOD, _SLOT = type(len), type(list.append), type(object.__init__)
_BOUND_SLOT, _CLASS_METHOD = type("".__str__), type(dict.__dict__["fromkeys"])
_DESCRIPTORS = (_METHOD, _SLOT, _CLASS_METHOD)
_BUILTINS = (_BUILTIN, _BOUND_SLOT, *_DESCRIPTORS)
_WRAPPERS = (staticmethod, classmethod)
_names_of_module = _Module.__dict__["__dict__"].__get__  # type: ignore[index]
_names_of_class = type.__dict__["__dict__"].__get__
_module_of_class = type.__dict__["__module__"].__get__
_bases = type.__dict__["__mro__"].__get__
_MADE_BY = ("__init__", "__new__")
_LOCAL = "<locals>"
_OPTIMIZED = 0x1
"""Functions have it; the bodies of classes do not."""
MISSING = object()


class Target:
    """A function that is asked about."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts = text.split(".")
        self.last = self.parts[-1]
        self._found: object = MISSING
        self._code: CodeType | None = None
        if len(self.parts) == 1:
            self._set(_names_of_module(builtins).get(text, MISSING))

    @property
    def is_found(self) -> bool:
        """Whether there is an object of that name by now."""
        if self._found is MISSING:
            self._set(self._looked_up())
        return self._found is not MISSING

    @property
    def is_built_in(self) -> bool:
        """Whether what has the name is known to be no Python code."""
        return self.is_found and self._code is None and not isinstance(self._found, type)

    @property
    def is_python(self) -> bool:
        """Whether what has the name is known to be Python code."""
        return self.is_found and self._code is not None

    def _set(self, found: object) -> None:
        self._found = found
        while type(found) in _WRAPPERS or type(found) is _Method:
            found = found.__func__  # type: ignore[attr-defined]
        self._code = code_of(found)

    def _looked_up(self) -> object:
        """Return what a loaded module has of that name. No code of the program runs for it."""
        modules = getattr(sys, "modules", None)
        for cut in range(len(self.parts) - 1, 0, -1):
            name = ".".join(self.parts[:cut])
            module = dict.get(modules, name) if type(modules) is dict else None
            if isinstance(module, _Module):
                return _within(module, self.parts[cut:])
        return MISSING

    def missing_in(self) -> str:
        """Return the loaded module that has nothing of that name, if there is one."""
        if self.is_found:
            return ""
        for cut in range(len(self.parts) - 1, 0, -1):
            name = ".".join(self.parts[:cut])
            if name in sys.modules:
                return name
        return ""

    def is_code(self, code: CodeType, frame: FrameType) -> bool:
        """Whether the function's code is this one."""
        if self.is_found and code is self._code:
            return True
        is_named = code.co_name == self.last or code.co_name in _MADE_BY
        if not is_named or not code.co_flags & _OPTIMIZED:
            return False
        if len(self.parts) == 1 and self._code is None and self._found is not MISSING:
            return False
        module = dict.get(frame.f_globals, "__name__")
        parts = [each for each in code.co_qualname.split(".") if each != _LOCAL]
        full = [*(module.split(".") if type(module) is str else ()), *parts]
        return self._is_end_of(full) or (full[-1] in _MADE_BY and self._is_end_of(full[:-1]))

    def may_be(self, code: CodeType) -> bool:
        """Whether a later look may say that the code is the function's: it may run before a
        module has the name for it, as `random.seed` does.
        """
        return len(self.parts) > 1 and code.co_name == self.last and not self.is_found

    def _is_end_of(self, full: list[str]) -> bool:
        return full[-len(self.parts) :] == self.parts

    def is_mentioned(self, code: CodeType, frame: FrameType) -> bool:
        """Whether code can call the function by a name."""
        names = code.co_names
        if self.last in names:
            return True
        if not self.is_found:
            return False
        known = frame.f_globals
        return any(dict.get(known, name, MISSING) is self._found for name in names)

    def is_callable(self, found: Any) -> bool:
        """Whether what is called, which is no Python function, is the one that is asked about."""
        kind = type(found)
        if kind is _Function or kind is _Method:
            return False  # Its code tells of its calls.
        if found is self._found and self.is_found:
            return kind in _BUILTINS or not is_python_class(found)
        if issubclass(kind, type):
            return self._is_class(found) and not is_python_class(found)
        if kind not in _BUILTINS or found.__name__ != self.last:
            return False
        if len(self.parts) == 1:
            return self._found is MISSING
        return any(self._is_end_of([*full, self.last]) for full in _owners(found, kind))

    def _is_class(self, found: type) -> bool:
        return type_name(found) == self.last and self._is_end_of(_class_name(found))


def _owners(found: Any, kind: type) -> list[list[str]]:
    """Return the names of what a built-in function belongs to."""
    if kind in _DESCRIPTORS:
        return [_class_name(found.__objclass__)]
    owner = found.__self__
    if owner is None or isinstance(owner, _Module):
        module = found.__module__ if kind is _BUILTIN else None
        return [module.split(".")] if type(module) is str else []
    bases = owner if isinstance(owner, type) else type(owner)
    return [_class_name(each) for each in _bases(bases)]


def _class_name(kind: type) -> list[str]:
    module = _module_of_class(kind)
    return [*(module.split(".") if type(module) is str else ()), type_name(kind)]


def caches_of(project: Project, name: str) -> dict[Place, int]:
    """Return the functions of the project with a name that `functools.lru_cache` wraps: the file,
    the line of the decorator, the name; and how many calls the cache has answered.
    """
    kind = getattr(sys.modules.get("functools"), "_lru_cache_wrapper", None)
    found: dict[Place, int] = {}
    for module in list(sys.modules.values()) if kind is not None else ():
        names = _names_of_module(module) if issubclass(type(module), _Module) else {}
        owners = [each for each in list(names.values()) if issubclass(type(each), type)]
        for known in (names, *map(_names_of_class, owners)):
            value: Any = dict.get(dict(known), name)
            code = code_of(value.__wrapped__) if type(value) is kind else None
            if code is not None and project.has(code.co_filename):
                place = code.co_filename, code.co_firstlineno, code.co_qualname
                found[place] = value.cache_info().hits
    return found


def functions_of(project: Project) -> dict[str, str]:
    """Return the names of the functions in the project's loaded modules, each with its class."""
    found: dict[str, str] = {}
    for module in list(sys.modules.values()):
        if not issubclass(type(module), _Module):
            continue
        for name, value in list(_names_of_module(module).items()):
            # Not by isinstance(), which asks objects for their `__class__`.
            own = dict(_names_of_class(value)) if issubclass(type(value), type) else {}
            for full, each in [(name, value), *((f"{name}.{last}", own[last]) for last in own)]:
                is_wrapped = type(each) is staticmethod or type(each) is classmethod
                code = code_of(each.__func__ if is_wrapped else each)
                if code is not None and project.has(code.co_filename):
                    found.setdefault(full.rpartition(".")[2], full)
    return found


def is_python_class(kind: Any) -> bool:
    """Whether a class is made by Python code, whose call is seen by itself."""
    if not isinstance(kind, type):
        return False
    for each in _bases(kind):
        names = _names_of_class(each)
        for name in _MADE_BY:
            made = names.get(name)
            if code_of(made.__func__ if type(made) is staticmethod else made) is not None:
                return True
    return False


def _within(module: Any, names: list[str]) -> object:
    found: Any = _names_of_module(module).get(names[0], MISSING)
    for name in names[1:]:
        if isinstance(found, _Module):
            found = _names_of_module(found).get(name, MISSING)
        elif isinstance(found, type):
            having = [each for each in _bases(found) if name in _names_of_class(each)]
            found = _names_of_class(having[0])[name] if having else MISSING
        else:
            return MISSING
    return found


def arguments_of(frame: FrameType) -> dict[str, Any]:
    """Return the arguments of a Python function that has just been called, by name."""
    code = native.code(frame)
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 4) + bool(code.co_flags & 8)
    names = code.co_varnames[:count]
    found = native.variables(frame, names)[0]
    return {name: found[name] for name in names if name in found}
