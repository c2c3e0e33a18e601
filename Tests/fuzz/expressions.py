"""Expressions of the programs: over small numbers, over one line or several."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

NAMES = ("a", "b", "c")
OPERATORS = ("+", "-", "*", "and", "or", "<", "==")


@dataclass(frozen=True)
class Place:
    """Where code stands, and so what may be written there."""

    kind: str = "module"
    """module, class, function, generator, coroutine, asyncgen."""
    functions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The names that are defined by now, of each kind of function."""
    in_loop: bool = False
    in_handler: bool = False
    in_group: bool = False
    """In a handler by `except*`, where nothing may return."""
    may_suspend: bool = True
    """Not within a lambda or a comprehension."""
    depth: int = 3
    """How many levels more may be nested."""

    def inside(self, **changes) -> Place:
        """Return the place one level deeper."""
        return replace(self, depth=self.depth - 1, **changes)

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the functions of the kind that may be called."""
        return self.functions.get(kind, ())

    @property
    def yields(self) -> bool:
        """Whether `yield` may be written here."""
        return self.may_suspend and self.kind in ("generator", "asyncgen")

    @property
    def awaits(self) -> bool:
        """Whether `await` may be written here."""
        return self.may_suspend and self.kind in ("coroutine", "asyncgen")


class Expressions:
    """Draws expressions as text. `draw` is hypothesis's."""

    def __init__(self, draw) -> None:
        self.draw = draw

    def number(self, low: int, high: int) -> int:
        """Draw one; it shrinks to the lowest."""
        return self.draw(st.integers(low, high))

    def one_of(self, choices):
        """Draw one of them; it shrinks to the first."""
        return choices[self.number(0, len(choices) - 1)]

    def chance(self, of: int) -> bool:
        """Draw yes, once in so many times; it shrinks to no."""
        return self.number(1, of) == of

    def gap(self) -> str:
        """Draw the white space between two parts: a line's end now and then."""
        return "\n    " if self.chance(5) else " "

    def leaf(self) -> str:
        """Draw a number or a name."""
        return self.one_of(("1", "0", "2", *NAMES))

    def expression(self, place: Place) -> str:
        """Draw one that is a number, unless something raises."""
        if place.depth <= 0 or not self.chance(3):
            return self.leaf()
        return self.one_of(self.forms(place))(place.inside())

    def forms(self, place: Place):
        """Return what may be drawn at the place, the simple ones first."""
        forms = [self.operation, self.choice, self.comprehension, self.call_of_lambda]
        forms += [self.subscript, self.text, self.evaluated]
        forms += [self.call] if place.names("function") else []
        forms += [self.generated] if place.names("generator") else []
        forms += [self.driven] if place.names("coroutine") and place.kind != "class" else []
        forms += [self.awaited] if place.awaits and place.names("coroutine") else []
        forms += [self.gathered] if place.awaits and place.names("asyncgen") else []
        forms += [self.yielded] if place.yields else []
        forms += [self.named] if place.may_suspend and place.kind != "class" else []
        return forms

    def operation(self, place: Place) -> str:
        operator = self.one_of(OPERATORS)
        left, right = self.expression(place), self.expression(place)
        return f"({left}{self.gap()}{operator} {right})"

    def choice(self, place: Place) -> str:
        a, b, c = (self.expression(place) for _ in range(3))
        return f"({a}{self.gap()}if {b}{self.gap()}else {c})"

    def comprehension(self, place: Place) -> str:
        inner = replace(place, may_suspend=False)
        name, wanted = self.one_of(("i", "j")), f"{self.gap()}if {self.expression(inner)}"
        element = self.expression(inner)
        source = self.one_of(("range(2)", "range(3)", "(1, 0)", f"[{self.leaf()}, 2]"))
        clause = f"{self.gap()}for {name} in {source}{wanted if self.chance(2) else ''}"
        template = self.one_of(("sum([%s%s])", "sum(%s%s)", "len({%s%s})", "len({%s: 1%s})"))
        return template % (element, clause)

    def call_of_lambda(self, place: Place) -> str:
        body = self.expression(replace(place, may_suspend=False))
        return f"(lambda n:{self.gap()}{body})({self.leaf()})"

    def subscript(self, place: Place) -> str:
        first, second, index = (self.expression(place) for _ in range(3))
        return f"[{first},{self.gap()}{second}][{index} % 2]"

    def text(self, place: Place) -> str:
        return f'len(f"{{{self.leaf()}}} {{{self.leaf()}}}")'

    def evaluated(self, place: Place) -> str:
        body = self.one_of(("(lambda: 1)()", "sum(n for n in range(2))", "[0][1]", "1 +\\\\n 1"))
        return f'eval("{body}")'

    def call(self, place: Place) -> str:
        name = self.one_of(place.names("function"))
        return f"{name}({self.gap().strip(' ')}{self.expression(place)})"

    def generated(self, place: Place) -> str:
        name, argument = self.one_of(place.names("generator")), self.expression(place)
        template = self.one_of(
            ("sum({}({}))", "next({}({}), 0)", "poked({}({}))", "len([*{}({})])")
        )
        return template.format(name, argument)

    def driven(self, place: Place) -> str:
        return f"driven({self.one_of(place.names('coroutine'))}({self.expression(place)}))"

    def awaited(self, place: Place) -> str:
        return f"(await {self.one_of(place.names('coroutine'))}({self.expression(place)}))"

    def gathered(self, place: Place) -> str:
        name, argument = self.one_of(place.names("asyncgen")), self.leaf()
        return f"sum([i{self.gap()}async for i in {name}({argument})])"

    def yielded(self, place: Place) -> str:
        return f"((yield{self.gap().rstrip()} {self.expression(place)}) or 0)"

    def named(self, place: Place) -> str:
        return f"({self.one_of(NAMES)} := {self.expression(place)} % 7)"
