"""Classes: instances, methods, a property, operators, inheritance and `super()`."""

TURNS = 15_000


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return type(self)(self.x + other.x, self.y + other.y)

    @property
    def square(self):
        return self.x * self.x + self.y * self.y


class Named(Vector):
    __slots__ = ("name",)

    def __init__(self, x, y, name="vector"):
        super().__init__(x, y)
        self.name = name

    def longer(self, other):
        if other.square > self.square:
            return other
        return self


def run(turns):
    step = Named(1, 2, "step")
    longest = place = Named(0, 0)
    for _ in range(turns):
        place = place + step
        longest = longest.longer(place)
    return longest
