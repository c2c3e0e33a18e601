"""Which names each statement of a file reads, binds and changes, and what decides that it runs."""

from __future__ import annotations

from ..details.statements import parsed
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FUNCTIONS = ("FunctionDef", "AsyncFunctionDef")
_DEFINITIONS = (*_FUNCTIONS, "ClassDef", "Import", "ImportFrom", "Global", "Nonlocal")
_LOOPS = ("For", "AsyncFor", "While")
_DECIDE = ("If", *_LOOPS, "Match", "match_case", "ExceptHandler")
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
_OPERATIONS = (
    *("BinOp", "BoolOp", "Call", "Compare", "IfExp", "Slice", "Subscript", "UnaryOp"),
    *("comprehension", "FormattedValue", "Yield", "YieldFrom"),
)
_TAKES = ("pop", "popitem", "popleft", "setdefault", "heappop")
"""Functions whose result is wanted, and which change what they are given."""
_LEAVE = ("Return", "Raise", "Continue", "Break")


class Function:
    """A function."""

    __slots__ = ("first", "name", "parameters")

    def __init__(self, name: str, first: int, parameters: frozenset[str]) -> None:
        self.name = name
        self.first = first
        """The line of its first statement that runs."""
        self.parameters = parameters


MODULE = Function("", 0, frozenset())


class Flow:
    """What a statement reads and changes. An attribute `x.a` is named `.a`."""

    __slots__ = (
        *("binds", "changes", "decided", "function", "gates", "operations", "reads"),
        *("awaits", "has_effect", "is_call", "is_definition", "is_exit"),
        *("is_handler", "is_loop", "is_raise"),
    )

    def __init__(self, function: Function, decided: int, gates: tuple[int, ...]) -> None:
        self.reads: dict[str, None] = {}
        self.binds: set[str] = set()
        self.changes: set[str] = set()
        """What is changed in place."""
        self.function = function
        self.decided = decided
        """The line of the statement that decides whether it runs; 0: none within the function."""
        self.gates = gates
        """The lines of earlier statements of its block that may leave the block."""
        self.operations = 0
        """How many operators, calls and the like it has: without any, little can be wrong."""
        self.awaits = False
        """Whether the function may be suspended in it, until what it awaits has ended."""
        self.has_effect = False
        """Whether it is there for what it changes, not for a name that it binds."""
        self.is_call = False
        """Whether its value is that of one call: `return f(g(x))`."""
        self.is_definition = False
        self.is_exit = False
        """Whether a value leaves the function here."""
        self.is_handler = False
        """Whether it is an `except`."""
        self.is_loop = self.is_raise = False

    def note(self, kind: str) -> None:
        """Take what follows from the kind of a statement."""
        self.awaits |= kind in ("AsyncFor", "AsyncWith")
        self.has_effect |= kind == "Expr"
        self.is_definition |= kind in _DEFINITIONS
        self.is_exit |= kind in ("Return", "Raise")
        self.is_handler |= kind == "ExceptHandler"
        self.is_loop |= kind in _LOOPS
        self.is_raise |= kind == "Raise"


class Flows:
    """Those of one source, by the line in which a statement begins. Raises `SyntaxError`."""

    def __init__(self, text: str) -> None:
        self.at: dict[int, Flow] = {}
        self._work: list[tuple[list[Any], Function, int]] = [(parsed(text).body, MODULE, 0)]
        while self._work:
            self._block(*self._work.pop())

    def _block(self, body: list[Any], function: Function, decided: int) -> None:
        gates: tuple[int, ...] = ()
        for node in body:
            line = _line(node)
            flow = self.at.setdefault(line, Flow(function, decided, gates))
            kind = type(node).__name__
            flow.note(kind)
            flow.is_call = type(_awaited(getattr(node, "value", None))).__name__ == "Call"
            reader = _Reader(flow)
            reader.statement(node)
            if kind in _FUNCTIONS:
                flow.binds.add(node.name)
                reader.defaults(node)
                self._work.append((node.body, _function(node), 0))
                continue
            own = line if kind in _DECIDE else decided
            for name in _BODIES:
                if inner := getattr(node, name, None):
                    self._work.append((inner, function, own))
            if kind == "If" and _leaves(node):
                gates = (line, *gates)


def _awaited(node: Any) -> Any:
    return node.value if type(node).__name__ in ("Await", "YieldFrom") else node


def _leaves(node: Any) -> bool:
    return any(type(block[-1]).__name__ in _LEAVE for block in (node.body, node.orelse) if block)


def _line(node: Any) -> int:
    """A `case` has no line of its own."""
    found: int = node.lineno if hasattr(node, "lineno") else node.pattern.lineno
    return found


def _function(node: Any) -> Function:
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    first = node.body[0]
    is_text = type(first).__name__ == "Expr" and type(first.value).__name__ == "Constant"
    if is_text and len(node.body) > 1:
        first = node.body[1]
    names = frozenset(each.arg for each in every if each is not None)
    return Function(node.name, _line(first), names)


class _Reader:
    """Fills a flow with what the expressions of a statement do."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.own: set[str] = set()
        """Names of comprehensions."""

    def statement(self, node: Any) -> None:
        kind = type(node).__name__
        if kind in ("Import", "ImportFrom"):
            self.flow.binds.update(
                (each.asname or each.name).partition(".")[0] for each in node.names
            )
        elif kind == "ExceptHandler" and node.name:
            self.flow.binds.add(node.name)
        is_effect = kind == "Expr"
        if is_effect and type(node.value).__name__ == "Subscript":
            self._change(_name(node.value.value))
        for field in node._fields:
            if field in _BODIES or field in ("args", "returns", "type_params", "annotation"):
                continue
            self._expressions(getattr(node, field, None), is_effect)
        if kind == "AugAssign":
            self._read(_name(node.target))
        self._forget_own()

    def defaults(self, node: Any) -> None:
        self._expressions([*node.args.defaults, *node.args.kw_defaults], False)

    def _forget_own(self) -> None:
        for name in self.own:
            self.flow.reads.pop(name, None)
            self.flow.binds.discard(name)

    def _expressions(self, value: Any, is_effect: bool) -> None:
        work = list(value) if type(value) is list else [value]
        while work:
            node = work.pop()
            if hasattr(node, "_fields"):
                self._expression(node, is_effect)
                for field in node._fields:
                    inner = getattr(node, field, None)
                    work += inner if type(inner) is list else [inner]

    def _expression(self, node: Any, is_effect: bool) -> None:
        kind = type(node).__name__
        self.flow.operations += kind in _OPERATIONS
        if kind in ("Name", "Attribute"):
            self._name(node, type(node.ctx).__name__)
        elif kind == "Subscript" and type(node.ctx).__name__ != "Load":
            self._change(_name(node.value))
            self.flow.has_effect = True
        elif kind == "Call" and (is_effect or _name(node.func).lstrip(".") in _TAKES):
            self._call(node)
        elif kind in ("Await", "YieldFrom"):
            self.flow.awaits = True
        elif kind == "comprehension":
            self.own.update(_stored(node.target))
        elif kind == "Lambda":
            self.own.update(each.arg for each in node.args.args)
        elif kind in ("MatchAs", "MatchStar") and node.name:
            self.flow.binds.add(node.name)

    def _name(self, node: Any, context: str) -> None:
        name = _name(node)
        if context == "Load":
            self._read(name)
        elif name:
            self.flow.binds.add(name)
            self.flow.has_effect |= name.startswith(".")

    def _call(self, node: Any) -> None:
        """A call whose result nobody wants is there for what it changes."""
        if type(node.func).__name__ == "Attribute":
            self._change(_name(node.func.value))
        for given in node.args:
            self._change(_name(given))

    def _read(self, name: str) -> None:
        if name:
            self.flow.reads[name] = None

    def _change(self, name: str) -> None:
        if name:
            self.flow.changes.add(name)


def _name(node: Any) -> str:
    """Return the name of a variable, `.a` of an attribute, nothing of another expression."""
    kind = type(node).__name__
    if kind == "Name":
        return str(node.id)
    if kind == "Attribute":
        return f".{node.attr}"
    return _name(node.value) if kind in ("Subscript", "Starred") else ""


def _stored(node: Any) -> list[str]:
    if type(node).__name__ in ("Tuple", "List"):
        return [name for each in node.elts for name in _stored(each)]
    return [_name(node)]
