"""dataclasses: code made by exec, compared, ordered, frozen, replaced."""

import dataclasses
from dataclasses import dataclass, field


@dataclass(order=True)
class Point:
    x: int
    y: int = 2
    tags: list = field(default_factory=list, compare=False)

    def __post_init__(self):
        self.tags.append(self.x)


@dataclass(frozen=True, slots=True)
class Fixed:
    name: str


a, b = Point(1), Point(2, 3)
print(a < b, a == Point(1), dataclasses.asdict(b), dataclasses.replace(a, y=9))
fixed = Fixed("n")
try:
    fixed.name = "m"
except dataclasses.FrozenInstanceError as error:
    print(error, hash(fixed) == hash(Fixed("n")))
