"""A mask says which value it hides: the same value has the same number in a run."""

from __future__ import annotations

import pytest
from conftest import run_swifttrace


def told(write, script, *options):
    ended = run_swifttrace("-xx", *options, write("script.py", script))
    assert ended.returncode == 0, ended.stderr.decode()
    lines = ended.stderr.decode().splitlines()
    return [line.partition("# ")[2] for line in lines if "] # " in line.replace("]     #", "] #")]


def test_numbers_as_first_met(write):
    script = "cookie = 'b'\ncookie = 'a'\ncookie = ''.join(['b'])\ntoken = 'c'\nlast = 1\n"
    assert told(write, script, "--values")[:4] == [
        "cookie = ***1",
        "cookie = ***1 → ***2",
        "cookie = ***2 → ***1",
        "token = ***3",
    ]
    assert told(write, script, "--watch", "cookie")[-2:] == [
        "cookie = ***1 → ***2",
        "cookie = ***2 → ***1",
    ]


@pytest.mark.parametrize("value", ["None", "''", "b''", "True", "False", "[]", "{}", "()"])
@pytest.mark.parametrize("options", [["--values"], ["--watch", "cookie"]])
def test_what_is_no_secret_is_shown(write, value, options):
    said = told(write, f"cookie = 'a'\ncookie = {value}\nlast = 1\n", *options)
    assert f"cookie = ***1 → {value}" in said


def test_functions_classes_and_modules_are_no_secrets(write):
    script = "def get_password(): pass\nclass Token: pass\nimport secrets\nlast = 1\n"
    said = "\n".join(told(write, script, "--values"))
    assert "get_password = <function get_password>" in said
    assert "Token = <class __main__.Token>" in said
    assert "secrets = <module secrets>" in said


EQUAL = {
    "text": ("'ab' * 3", "''.join(['ab', 'ab', 'ab'])"),
    "long text": ("'ab' * 30000", "'a' + 'ba' * 29999 + 'b'"),
    "text that is not ASCII": ("'é' * 3", "''.join('ééé')"),
    "text of a subclass": ("'ab'", "type('S', (str,), {})('ab')"),
    "bytes": ("b'ab' * 3000", "bytes(bytearray(b'ab' * 3000))"),
    "a number": ("12345678901234567890", "int('12345678901234567890')"),
    "a fraction": ("1234.5", "float('1234.5')"),
    "a list": ("['a', 1, [2.5]]", "list(('a', 1, [2.5]))"),
    "a dictionary": ("{'a': 1, 'b': 'c'}", "dict([('a', 1), ('b', 'c')])"),
    "a set": ("{'aa', 'bb', 'cc'}", "{'cc', 'bb', 'aa'}"),
}


@pytest.mark.parametrize("kind", EQUAL)
def test_equal_values_have_one_number(write, kind):
    one, other = EQUAL[kind]
    script = f"password = {one}\npassword = [0]\npassword = {other}\nlast = 1\n"
    assert told(write, script, "--values")[:3] == [
        "password = ***1",
        "password = ***1 → ***2",
        "password = ***2 → ***1",
    ]


DIFFERENT = {
    "text": ("'ab' * 3", "'ab' * 4"),
    "the end of a long text": ("'ab' * 30000", "'ab' * 30000 + 'c'"),
    "a number": ("10**400", "10**400 + 1"),
    "an integer and a fraction": ("1", "1.5"),
    "an item deep within": ("['a', [1, ['b']]]", "['a', [1, ['c']]]"),
    "a zero byte": ("'a'", "'a\\0'"),
    "the order": ("['a', 'b']", "['b', 'a']"),
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_different_values_have_two(write, kind):
    one, other = DIFFERENT[kind]
    script = f"password = {one}\npassword = {other}\nlast = 1\n"
    assert told(write, script, "--values")[:2] == ["password = ***1", "password = ***1 → ***2"]


def test_numbers_in_containers_texts_and_calls(write):
    script = """\
def login(name, password):
    return {"auth": password, "user": name}
value = "hun" + "ter2"
held = {"password": value, "list": [{"pin": 4711}, ("token", value)]}
url = "https://me:" + value + "@host/"
login("me", password=value)
"""
    ended = run_swifttrace("-xx", "--values", "--calls", write("script.py", script))
    trace = ended.stderr.decode()
    assert "# held = {'password': ***1, 'list': [{'pin': ***2}, ('token', ***1)]}" in trace
    assert "# url = 'https://me:***1@host/'" in trace
    assert "login(name='me', password=***1)" in trace
    assert "<= login: {'auth': ***1, 'user': 'me'}" in trace


def test_what_changes_within_a_secret(write):
    script = "tokens = ['a']\ntokens.append('b')\ntokens.pop()\nlast = 1\n"
    assert told(write, script, "--watch", "tokens")[-2:] == [
        "tokens = ***1 → ***2",
        "tokens = ***2 → ***1",
    ]


def test_many_secrets_take_bounded_memory(write):
    script = """\
import resource
def use(token, password):
    pass
def size():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
for number in range(200):
    use(str(number), "the same")
before = size()
for number in range(200_000):
    use(str(number), "the same")
assert size() - before < 8 << 20, size() - before
"""
    path = write("script.py", script)
    ended = run_swifttrace("-xx", "--only-calls", "-o", path.parent / "log", path)
    assert ended.returncode == 0, ended.stderr.decode()[-300:]
    last = [line for line in (path.parent / "log").read_text().splitlines() if "=> use" in line][-1]
    assert last.endswith("password=***2)")


def test_program_code_is_not_run_for_a_number(write):
    script = """\
class Text(str):
    def __len__(self): raise SystemExit("len")
    def __hash__(self): raise SystemExit("hash")
    def __eq__(self, other): raise SystemExit("eq")
    def __str__(self): raise SystemExit("str")
    encode = __iter__ = __str__
class Thing:
    __hash__ = __repr__ = __eq__ = __len__ = __str__ = lambda *_: 1 / 0
password = Text("a")
token = Thing()
token = [Text("a"), Thing()]
token = {1: Thing()}
token = Thing
last = 1
"""
    said = told(write, script, "--values")
    assert "password = ***1" in said


WITHIN = {
    "a generator expression": "return ''.join(c for c in value)",
    "a lambda": "return (lambda: value)()",
    "a lambda in a lambda": "return (lambda: (lambda: value)())()",
    "a list": "return [c for c in value]",
    "a dictionary": "return {c: 1 for c in value}",
    "a set": "return {c for c in value}",
}


@pytest.mark.parametrize("kind", WITHIN)
@pytest.mark.parametrize("log", [False, True])
def test_what_a_secrets_function_does_without_a_name_is_secret(write, tmp_path, kind, log):
    script = f"value = chr(113) * 2\ndef get_password():\n    {WITHIN[kind]}\nget_password()\n"
    options = ["-dd", "--debug-log", tmp_path / "log"] if log else ["--calls"]
    ended = run_swifttrace("-xx", *options, write("script.py", script))
    trace = (tmp_path / "log").read_text() if log else ended.stderr.decode()
    marks = ["return get_", "yield get_"] if log else ["<= get_", "<~ get_"]
    results = [line for line in trace.splitlines() if any(mark in line for mark in marks)]
    assert len(results) >= 1
    assert "'q" not in "".join(results)


def test_a_function_of_its_own_name_within_one_is_not(write):
    script = """\
def get_password():
    def name():
        return "q"
    return name()
get_password()
"""
    ended = run_swifttrace("-xx", "--calls", write("script.py", script))
    assert b"<= get_password.<locals>.name: 'q'" in ended.stderr
    assert b"<= get_password: ***1" in ended.stderr
