"""Statements of the programs: every kind of control flow there is."""

from __future__ import annotations

from dataclasses import replace

from expressions import NAMES, Expressions, Place

Lines = list[str]

EXCEPTIONS = ("ValueError", "KeyError", "ZeroDivisionError", "TypeError", "Exception")
PATTERNS = ("0 | 1", "int(x) if x > 3", "[x, *_]", '{"k": x}', "str()", "bool()")
OBJECTS = ("Hostile({})", "Data({})", "Pair({}, 2)", "Color.RED", "Hostile.__new__(Hostile)")
OBJECTS += ("fractions.Fraction({}, 3)", "decimal.Decimal({})", "(n for n in [1] if {})", "asked")
CONTAINERS = ("{}", "[{}]", "collections.deque([{}])", "collections.OrderedDict(a={})", "Data({})")
SUBJECTS = ("[{}, {}]", '{{"k": {}}}', '"text"', "({}, {}, 1)")


def indented(lines: Lines) -> Lines:
    """Return the lines one level deeper; a statement may be more than one of them."""
    return ["    " + line for text in lines for line in text.split("\n")]


class Statements(Expressions):
    """Draws statements, each a list of lines."""

    def block(self, place: Place, most: int = 3) -> Lines:
        """Draw some statements, at least one."""
        lines: Lines = []
        for _ in range(self.number(1, most)):
            lines += self.statement(place)
        return lines

    def suite(self, head: str, place: Place) -> Lines:
        """Draw what follows a colon: a block, or a simple statement on the same line."""
        if self.chance(5):
            return [f"{head}: {self.one_of(self.simple_forms(place))(place)}"]
        return [f"{head}:", *indented(self.block(place))]

    def statement(self, place: Place) -> Lines:
        """Draw any statement that may stand at the place."""
        if place.depth <= 0 or not self.chance(2):
            return [self.one_of(self.simple_forms(place))(place)]
        return self.one_of(self.compound_forms(place))(place.inside())

    # -- simple ones -------------------------------------------------------------------

    def simple_forms(self, place: Place):
        """Return what may be drawn at the place."""
        forms = [self.assign, self.printed, self.augmented, self.several, self.passing]
        forms += [self.unpacked, self.deleted, self.asserted, self.annotated, self.executed]
        forms += [self.raising] if place.depth < 3 else []
        forms += [self.raising_again] if place.in_handler else []
        forms += [self.leaving] if place.in_loop else []
        forms += [self.returning] if self.may_return(place) else []
        forms += [self.yielding] if place.yields else []
        forms += [self.delegating] if place.kind == "generator" and place.names("generator") else []
        forms += [self.pausing] if place.awaits else []
        return [*forms, self.held]

    def may_return(self, place: Place) -> bool:
        return place.kind not in ("module", "class") and not place.in_group and place.depth < 3

    def assign(self, place: Place) -> str:
        return f"{self.one_of(NAMES)} = {self.expression(place)} % 7"

    def printed(self, place: Place) -> str:
        return f"print({self.expression(place)},{self.gap()}{self.leaf()})"

    def augmented(self, place: Place) -> str:
        return (
            f"{self.one_of(NAMES)} {self.one_of(('-=', '|=', '%='))} {self.one_of(('1', '2', '3'))}"
        )

    def several(self, place: Place) -> str:
        return f"{self.assign(place)}; {self.assign(place)}"

    def held(self, place: Place) -> str:
        """Draw an object that values are to say something of, and ask nothing."""
        value = self.expression(replace(place, may_suspend=False))
        made = self.one_of(OBJECTS).format(value)
        return f"held = {self.one_of(CONTAINERS).format(made)}"

    def passing(self, place: Place) -> str:
        return self.one_of(("pass", "...", '"""Text\n    of two lines."""'))

    def unpacked(self, place: Place) -> str:
        return f"a,{self.gap()}b = {self.leaf()},{self.gap()}{self.leaf()}".replace("\n", "\\\n")

    def deleted(self, place: Place) -> str:
        return f"x = Noisy({self.leaf()}); del x"

    def asserted(self, place: Place) -> str:
        return f"assert {self.expression(place)} >= 0, {self.leaf()}"

    def annotated(self, place: Place) -> str:
        return f"x: int = {self.expression(place)}"

    def executed(self, place: Place) -> str:
        body = self.one_of(
            (
                "y = 1\\nfor z in range(2):\\n    y += z\\n",
                "def f(n):\\n    return n\\n\\nf(1)",
                "while a:\\n  a -= 1\\n  break\\nelse: a = 1",
                "raise ValueError(1)",
            )
        )
        name = self.one_of(("<string>", "<made up>"))
        return f'exec(compile("{body}", "{name}", "exec"), {{"a": {self.leaf()}}})'

    def raising(self, place: Place) -> str:
        cause = self.one_of(("", "", " from None", " from KeyError(1)"))
        group = f"ExceptionGroup('g', [{self.one_of(EXCEPTIONS)}(1), ValueError(2)])"
        kind = f"{self.one_of(EXCEPTIONS)}({self.leaf()})"
        return f"raise {group if self.chance(4) else kind}{cause}"

    def raising_again(self, place: Place) -> str:
        return "raise"

    def leaving(self, place: Place) -> str:
        return self.one_of(("continue", "break"))

    def returning(self, place: Place) -> str:
        return "return" if place.kind == "asyncgen" else f"return {self.expression(place)}"

    def yielding(self, place: Place) -> str:
        return f"yield {self.expression(place)}"

    def delegating(self, place: Place) -> str:
        return f"a = (yield from {self.one_of(place.names('generator'))}({self.leaf()})) or 1"

    def pausing(self, place: Place) -> str:
        return "await pause()"

    # -- compound ones -----------------------------------------------------------------

    def compound_forms(self, place: Place):
        """Return what may be drawn at the place."""
        forms = [self.branches, self.for_loop, self.while_loop, self.tried, self.managed]
        forms += [self.matched, self.tight_loop]
        forms += [self.tried_groups] if not place.in_group else []
        forms += [self.managed_by_await, self.async_for] if place.awaits else []
        forms += [self.local_function, self.local_class] if place.kind != "class" else []
        return forms

    def branches(self, place: Place) -> Lines:
        lines = self.suite(f"if {self.expression(place)}", place)
        for _ in range(self.number(0, 2)):
            lines += self.suite(f"elif {self.expression(place)}", place)
        return lines + (self.suite("else", place) if self.chance(2) else [])

    def for_loop(self, place: Place) -> Lines:
        source = self.one_of(("range(2)", "range(3)", "(1, 0)", "()", "Counting(2)"))
        lines = self.suite(f"for {self.one_of(('i', 'j'))} in {source}", self.loop(place))
        return lines + (self.suite("else", place) if self.chance(3) else [])

    def loop(self, place: Place) -> Place:
        return replace(place, in_loop=True)

    def while_loop(self, place: Place) -> Lines:
        """Its counter is the loop's alone, so that it ends."""
        counter = f"n{place.depth}"
        lines = [f"{counter} = {self.number(0, 3)}", f"while {counter}:"]
        lines += indented([f"{counter} -= 1", *self.block(self.loop(place))])
        return lines + (self.suite("else", place) if self.chance(3) else [])

    def tight_loop(self, place: Place) -> Lines:
        """A loop that stays on its line."""
        n = self.number(0, 3)
        forms = (
            [f"x = {n}", "while x: x -= 1"],
            [f"for x in range({n}): a = x"],
            [f"while a > {n}: a -= 1"],
            [f"x = {n}", "while x > 0: x -= 2 if x % 2 else 1"],
            [f"for x in range({n}):", "    for y in range(2): b = y"],
            ["x = [1, 2]", "while x and x[-1]: x.pop()"],
            [f"for x in range({n}): pass", "else: a = 1"],
        )
        return self.one_of(forms)

    def tried(self, place: Place) -> Lines:
        lines = self.suite("try", place)
        handler = replace(place, in_handler=True)
        kinds = self.number(0, 2)
        for _ in range(kinds):
            lines += self.suite(f"except {self.caught()}", handler)
        lines += self.suite("else", place) if kinds and self.chance(3) else []
        lines += self.suite("finally", place) if not kinds or self.chance(3) else []
        return lines

    def caught(self) -> str:
        """Draw what an `except` names."""
        kind = self.one_of((*EXCEPTIONS, "(KeyError,\n    ValueError)"))
        return kind + self.one_of(("", " as error"))

    def tried_groups(self, place: Place) -> Lines:
        lines = self.suite("try", place)
        handler = replace(place, in_handler=True, in_group=True, in_loop=False)
        for _ in range(self.number(1, 2)):
            lines += self.suite(f"except* {self.one_of(EXCEPTIONS)}", handler)
        return lines + (self.suite("finally", place) if self.chance(3) else [])

    def managed(self, place: Place) -> Lines:
        managers = ("Manager()", "manager()", "suppress(KeyError)", "Manager() as x")
        chosen = [self.one_of(managers) for _ in range(self.number(1, 2))]
        items = f"({self.gap().strip(' ')}{(',' + self.gap()).join(chosen)})"
        return self.suite(f"with {items if self.chance(3) else ', '.join(chosen)}", place)

    def managed_by_await(self, place: Place) -> Lines:
        return self.suite("async with AsyncManager()", place)

    def async_for(self, place: Place) -> Lines:
        names = place.names("asyncgen") or ("counting",)
        return self.suite(f"async for i in {self.one_of(names)}({self.leaf()})", self.loop(place))

    def matched(self, place: Place) -> Lines:
        subject = self.expression(place)
        if self.chance(2):
            subject = self.one_of(SUBJECTS).format(self.leaf(), self.leaf())
        lines = [f"match {subject}:"]
        for _ in range(self.number(1, 3)):
            lines += indented(self.suite(f"case {self.one_of(PATTERNS)}", place))
        return lines + (indented(self.suite("case _", place)) if self.chance(2) else [])

    def local_function(self, place: Place) -> Lines:
        inner = replace(place, kind="function", in_loop=False, in_handler=False, in_group=False)
        outside = "global a" if place.kind == "module" else "nonlocal c"
        first = self.one_of(("a = c = 1", f"{outside}; a = c = b"))
        lines = [f"def local({self.one_of(('b=1', 'b, *, d=b'))}):"]
        lines += indented([first, "fuel.pop()", *self.block(inner)])
        return [*lines, self.one_of(("local(1)", "local(b=2)", "print(local(0))"))]

    def local_class(self, place: Place) -> Lines:
        inner = replace(place, kind="class", in_loop=False, in_handler=False, in_group=False)
        base = self.one_of(("", "(Base)", "(Base,\n    key=1)"))
        return [
            f"class Local{base}:",
            *indented(["a = b = c = 1", *self.block(inner)]),
            "Local().own",
        ]
