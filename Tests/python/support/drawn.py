"""Draws programs with loops in loops, calls, recursion, generators and exceptions."""

import random


class Drawn:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.names = 0
        self.inside = None
        """The number of the function that is drawn."""

    def program(self):
        self.lines = [
            "def as_list(found):",
            "    return [found] if isinstance(found, int) else list(found)",
        ]
        for number in range(self.random.randint(1, 3)):
            self.function(number)
        self.inside = None
        self.emit(0, "total = 0")
        self.block(0, 0, self.random.randint(2, 5), "top")
        return "\n".join(self.lines) + "\n"

    def emit(self, depth, text):
        self.lines.append("    " * depth + text)

    def function(self, number):
        self.inside = number
        self.emit(0, f"def f{number}(n):")
        self.emit(1, "total = 0")
        if self.random.random() < 0.3:
            self.emit(1, "if n > 0:")
            self.emit(2, f"as_list(f{number}(n - 1))")
        self.block(1, 1, self.random.randint(1, 3), "function")
        if self.random.random() < 0.3:
            self.emit(1, "yield n")
            self.emit(1, "yield n + 1")
        else:
            self.emit(1, "return total")

    def name(self):
        self.names += 1
        return f"v{self.names}"

    def block(self, depth, loops, count, kind):
        for _ in range(count):
            self.statement(depth, loops, kind)

    def statement(self, depth, loops, kind):
        choice = self.random.random()
        if choice < 0.35 and loops < 3:
            self.loop(depth, loops, kind)
        elif choice < 0.5 and depth < 6:
            self.emit(
                depth, f"if total % {self.random.randint(2, 5)} == {self.random.randint(0, 2)}:"
            )
            self.block(depth + 1, loops, 1, kind)
            if self.random.random() < 0.5:
                self.emit(depth, "else:")
                self.block(depth + 1, loops, 1, kind)
        elif choice < 0.53 and self.inside is not None:
            self.emit(depth, "if n > 0:")
            self.emit(depth + 1, f"as_list(f{self.inside}(n - 1))")
        elif choice < 0.6:
            self.emit(
                depth, f"as_list(f0(total % 3)) if total % {self.random.randint(2, 3)} else None"
            )
        elif choice < 0.68:
            self.emit(depth, f"[each * 2 for each in range(total % {self.random.randint(2, 5)})]")
        elif choice < 0.76 and depth < 6:
            self.emit(depth, "try:")
            self.emit(depth + 1, f"1 / (total % {self.random.randint(2, 4)})")
            self.emit(depth, "except ArithmeticError:")
            self.emit(depth + 1, "total += 2")
        else:
            self.emit(depth, f"total += {self.random.randint(1, 7)}")

    def loop(self, depth, loops, kind):
        name = self.name()
        if self.random.random() < 0.3:
            self.emit(depth, f"{name} = {self.random.randint(0, 6)}")
            self.emit(depth, f"while {name} > 0:")
            self.emit(depth + 1, f"{name} -= 1")
        elif self.random.random() < 0.3:
            self.emit(depth, f"for {name} in as_list(f0({self.random.randint(0, 3)})):")
        else:
            self.emit(depth, f"for {name} in range({self.random.randint(0, 12)}):")
        self.emit(depth + 1, "total += 1")
        self.block(depth + 1, loops + 1, self.random.randint(1, 3), kind)
        if self.random.random() < 0.4:
            word = self.random.choice(["break", "continue"])
            self.emit(depth + 1, f"if total % {self.random.randint(3, 9)} == 0:")
            self.emit(depth + 2, word)
            self.emit(depth + 1, "total += 3")
        if self.random.random() < 0.3:
            self.emit(depth, "else:")
            self.emit(depth + 1, "total += 1")


def program(seed):
    return Drawn(seed).program()
