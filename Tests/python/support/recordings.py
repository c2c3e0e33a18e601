"""Recordings in pure Python: how they are written and read, after the page of the format, and
what folding them has to give.

Nothing here is the product's: it is what that is compared with.
"""

import ast
import struct
import sys

BLOCK = 65536
PAYLOAD = BLOCK - 64
MASK = (1 << 64) - 1


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out) + bytes([value])


def checksum(data):
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data) - 7, 8)]
    words.append(int.from_bytes(data[len(data) // 8 * 8 :], "big"))
    total = 0x9E3779B97F4A7C15 ^ len(data)
    for word in words:
        total = ((total ^ word) * 0xFF51AFD7ED558CCD) & MASK
        total ^= total >> 29
    return (total ^ (total >> 32)) & 0xFFFFFFFF


class Recording:
    """A recording that is put together in memory."""

    def __init__(self, *, process=4242, identity=99, fields=(), version=1):
        self.head = (process, identity, tuple(fields), version)
        self.identity = identity
        self.definitions = b""
        self.blocks = []
        self.events = b""
        self.previous = 0
        self.lines = 0
        self.segment = 0
        self.counts = dict.fromkeys(range(1, 7), 0)

    def define(self, kind, body):
        self.definitions += bytes([kind]) + varint(len(body)) + body
        self.counts[kind] += 1
        return self.counts[kind]

    def file(self, name, source=None, path=None):
        name = name.encode()
        number = self.define(1, varint(len(name)) + name + (path or "/d/" + name.decode()).encode())
        if source is not None:
            self.define(2, varint(number) + source.encode())
        return number

    def place(self, file, line, text="x"):
        return self.define(3, varint(file) + varint(line) + b"\1" + text.encode())

    def code(self, file, line, name):
        return self.define(4, varint(file) + varint(line) + name.encode())

    def add(self, event, lines=0):
        if len(self.events) + len(event) > PAYLOAD:
            self.end_block()
        self.events += event
        self.lines += lines

    def line(self, place):
        if len(self.events) > PAYLOAD - 12:
            self.end_block()
        step = place - self.previous
        step = step * 2 if step >= 0 else step * -2 - 1
        self.previous = place
        if step < 128:
            return self.add(bytes([32 + step]), 1)
        if step < 128 + 8192:
            return self.add(bytes([160 + (step - 128) // 256, (step - 128) % 256]), 1)
        return self.add(b"\1" + varint(step), 1)

    def end_block(self, closed=True):
        head = struct.pack("<IIQQQI", 0x42747773, 1, self.identity, self.segment, 5, 0)
        if closed:
            head += struct.pack("<III", len(self.events), checksum(self.events), self.lines)
        self.blocks.append((head.ljust(64, b"\0") + self.events).ljust(BLOCK, b"\0"))
        self.segment += 1
        self.events, self.previous, self.lines = b"", 0, 0

    def bytes(self, closed=True):
        if self.events:
            self.end_block(closed)
        process, identity, fields, version = self.head
        encoded = b"".join(bytes([kind]) + varint(len(text)) + text for kind, text in fields)
        file = b"swifttrace-rec\n\0" + struct.pack("<II", version, BLOCK)
        file += struct.pack("<QQQQQ", identity, process, 1, 1_700_000_000 * 10**9, 5)
        file += struct.pack("<II", len(encoded), checksum(encoded)) + encoded
        out = [file.ljust(BLOCK, b"\0"), *self.blocks]
        for at in range(0, len(self.definitions), PAYLOAD):
            piece = self.definitions[at : at + PAYLOAD]
            head = struct.pack("<IIQQQI", 0x42747773, 2, identity, at, 5, 0)
            head += struct.pack("<III", len(piece), checksum(piece), 0)
            out.append((head.ljust(64, b"\0") + piece).ljust(BLOCK, b"\0"))
        return b"".join(out)


def trace(source, most=20_000):
    """Run a program; return its events: ("line", number), ("call", name, first line), ("return",)."""
    events = []

    class Enough(BaseException):
        pass

    def local(frame, event, arg):
        if len(events) > most:
            raise Enough
        if event == "line":
            events.append(("line", frame.f_lineno))
        elif event == "return":
            events.append(("return",))
        return local

    def called(frame, event, arg):
        if frame.f_code.co_filename != "<drawn>":
            return None
        events.append(("call", frame.f_code.co_name, frame.f_code.co_firstlineno))
        return local

    code = compile(source, "<drawn>", "exec")
    sys.settrace(called)
    try:
        exec(code, {"__name__": "drawn"})
    except (Enough, Exception):
        pass
    finally:
        sys.settrace(None)
    return events


def recorded(source, events, name="drawn.py", **options):
    """Return what was traced as a recording, with its calls."""
    recording = Recording(**options)
    file = recording.file(name, source)
    texts = source.splitlines()
    places, codes = {}, {}
    for event in events:
        if event[0] == "line":
            line = event[1]
            if line not in places:
                places[line] = recording.place(file, line, texts[line - 1].rstrip())
            recording.line(places[line])
        elif event[0] == "call":
            if event not in codes:
                codes[event] = recording.code(file, event[2], event[1])
            recording.add(b"\x02" + varint(codes[event]))
        else:
            recording.add(b"\x03")
    return recording


def functions_of(source):
    """Return for each line, from 0 on, the number of the innermost function that has it in its body."""
    found = [0] * (len(source.splitlines()) + 1)
    for number, node in enumerate(ast.walk(ast.parse(source)), 1):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0].lineno
            found[first : node.body[-1].end_lineno + 1] = [number] * (
                node.body[-1].end_lineno + 1 - first
            )
    return found


def loops_of(source):
    """Return (header, first, last) of each loop, in the order of their headers."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            found.append((node.lineno, node.lineno, node.body[-1].end_lineno))
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            found.append((node.generators[0].target.lineno, node.lineno, node.end_lineno))
    outermost = {}
    for header, first, last in sorted(found, key=lambda loop: (loop[0], -loop[2])):
        outermost.setdefault(header, (header, first, last))
    return sorted(outermost.values())


class Fold:
    """What the events have to fold to: for each loop its rounds, and its ways with their counts
    and first rounds. A way is what ran in it, written out.
    """

    SIBLINGS = 32

    def __init__(self, source, events):
        self.loops = {header: (first, last) for header, first, last in loops_of(source)}
        self.rounds = dict.fromkeys(self.loops, 0)
        self.ways = {header: {} for header in self.loops}
        self.levels = [{"loop": None, "items": []}]
        for event in events:
            getattr(self, event[0])(*event[1:])
        while len(self.levels) > 1:
            self.end_top()

    def line(self, number):
        while (loop := self.levels[-1]["loop"]) is not None:
            first, last = self.loops[loop]
            if first <= number <= last:
                break
            self.end_loop()
        if number in self.loops:
            if self.levels[-1]["loop"] == number:
                self.end_round()
            else:
                self.levels.append({"loop": number, "items": [], "ways": set()})
        self.levels[-1]["items"].append(number)

    def end_round(self):
        level = self.levels[-1]
        header, way = level["loop"], tuple(level["items"])
        self.rounds[header] += 1
        known = self.ways[header].setdefault(way, [0, self.rounds[header]])
        known[0] += 1
        level["ways"].add(way)
        level["items"] = []

    def end_loop(self):
        calls = self.levels[-1]["items"][1:]
        is_look = all(not isinstance(item, int) for item in calls)
        if not is_look:
            self.end_round()
        level = self.levels.pop()
        self.append(("loop", level["loop"], frozenset(level["ways"])))
        for item in calls if is_look else ():
            self.append(item)

    def append(self, node):
        items = self.levels[-1]["items"]
        before = []
        for item in reversed(items[-self.SIBLINGS :]):
            if isinstance(item, int):
                break
            before.append(item)
        if node not in before:
            items.append(node)

    def call(self, name, first):
        self.levels.append({"loop": None, "items": [], "code": (name, first)})

    def end_top(self):
        if self.levels[-1]["loop"] is not None:
            return self.end_loop()
        level = self.levels.pop()
        return self.append(("call", level["code"], tuple(level["items"])))

    def __getattr__(self, name):
        if name == "return":
            return self.returned
        raise AttributeError(name)

    def returned(self):
        while self.levels[-1]["loop"] is not None:
            self.end_loop()
        if len(self.levels) > 1:
            self.end_top()

    def summary(self):
        """Return, for each loop that had a round, its rounds and the sorted (count, first)s."""
        return {
            header: (self.rounds[header], sorted(map(tuple, ways.values())))
            for header, ways in self.ways.items()
            if self.rounds[header]
        }


class InferredFold(Fold):
    """The same of lines alone: a line of a function that is on the stack has come back to it."""

    def __init__(self, source, events):
        self.functions = functions_of(source)
        super().__init__(source, [event for event in events if event[0] == "line"])

    def line(self, number):
        function = self.functions[number]
        calls = [
            index for index in range(1, len(self.levels)) if self.levels[index]["loop"] is None
        ]
        known = [index for index in calls if self.levels[index]["code"] == function]
        if known:
            callee = next((index for index in calls if index > known[-1]), len(self.levels))
            while len(self.levels) > callee:
                self.end_top()
        else:
            self.levels.append({"loop": None, "items": [], "code": function})
        super().line(number)
