"""Which names hide a value, which do not, and which functions' results are hidden."""

from __future__ import annotations

import pytest
from conftest import run_swifttrace

# Values are put together at run time: they stand in no line of the source.
VALUE = '"LE" + "AK"'

SECRETS = [
    *("bearer", "jwt", "privkey", "session_id", "pw", "passcode", "mfa_code", "signature", "sas"),
    *("pat", "connection_string", "dsn", "AWSKey", "DBPass", "APIKey", "api_key", "apiKeys"),
    *("secret_key", "private_key", "access_key", "signing_key", "encryption_key", "AWSAccessKeyId"),
    *("sessionId", "SESSIONID", "otp", "otp2", "user_pins", "HTTPAuth", "db_password", "_token"),
    *("SSHKey", "JWT", "github_pat", "hmac_key", "master_key", "_cookies"),
]
OPEN = [
    *("key", "keys", "sort_key", "cache_key", "keyword", "primary_key", "KeyPath", "monkey"),
    *(
        "author",
        "bypass",
        "passed",
        "compass",
        "spin",
        "pinned",
        "path",
        "pattern",
        "sasl",
        "power",
    ),
    *("Passenger", "saltier", "p_at", "session", "public_key", "session_idle", "design"),
]


def shown(write, script, *options):
    ended = run_swifttrace("-xx", *options, write("script.py", script))
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stderr.decode()


def test_names_of_secrets(write):
    script = "".join(f"{name} = {VALUE}\n" for name in SECRETS) + "last = 1\n"
    trace = shown(write, script, "--values")
    assert [name for name in SECRETS if f"# {name} = ***1\n" not in trace] == []
    assert "LEAK" not in trace


def test_names_that_are_none(write):
    script = "".join(f"{name} = {VALUE}\n" for name in OPEN) + "last = 1\n"
    trace = shown(write, script, "--values")
    assert [name for name in OPEN if f"# {name} = 'LEAK'\n" not in trace] == []


KEYS = {
    "bytes": 'b"password"',
    "a subclass of str": 'type("S", (str,), {})("password")',
    "a subclass of bytes": 'type("S", (bytes,), {})(b"password")',
    "a member of an enumeration": '__import__("enum").StrEnum("E", {"A": "db_password"}).A',
    "a word after an acronym": '"AWSKey"',
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("options", [["--values"], ["--values=repr"], ["--calls"], ["--watch=a"]])
def test_keys_of_dictionaries(write, kind, options):
    script = f"def f(a):\n    return 1\nleak = {VALUE}\na = {{}}\n"
    script += f"a = {{{KEYS[kind]}: leak}}\nleak = 0\nf(a)\n"
    changes = shown(write, script, *options).replace("leak = 'LEAK'", "")
    assert "***1" in changes
    assert "LEAK" not in changes


PAIRS = ['[(b"authorization", v), (b"x", b"1")]', '(("cookie", v),)', '[["api_key", v], [1, 2]]']
PAIRS += ['{"headers": [("Set-Cookie", v)]}', '("password", v)', 'ValueError("token", v)']


@pytest.mark.parametrize("pairs", PAIRS)
def test_pairs_of_a_name_and_a_value(write, pairs):
    script = f"def f(a):\n    return 1\nf((lambda v: {pairs})({VALUE}))\n"
    trace = shown(write, script, "--calls", "--values")
    told = "\n".join(line for line in trace.splitlines() if "a=" in line or "# a" in line)
    assert "***1" in told
    assert "LEAK" not in told


def test_a_list_of_two_names_is_no_pair(write):
    trace = shown(write, 'a = ["password", "email"]\nb = 1\n', "--values")
    assert "# a = ['password', 'email']\n" in trace


def test_a_loop_over_keys_and_values(write):
    script = "for key, value in {'b': 1, 'c': 2}.items():\n    pass\n"
    trace = shown(write, script, "--values")
    assert "# key = 'b', value = 1\n" in trace
    assert "# key = 'b' → 'c', value = 1 → 2\n" in trace


RETURNED = ["get_password", "read_api_key", "load_secret", "_get_db_token", "getApiKey", "password"]
RETURNED += ["fetch_session_id", "get_passwords_of_all"]
NOT_RETURNED = ["_get_value_for_key", "get_user_by_token", "next_token", "check_password", "key"]
NOT_RETURNED += ["tokenize", "token_count", "hash_password", "get_key", "pass_through", "load_keys"]


@pytest.mark.parametrize("options", [["--calls"], ["--only-calls"], ["-dd"]])
def test_results_of_functions(write, options, tmp_path):
    names = RETURNED + NOT_RETURNED
    script = "".join(f"def {name}(): return 'LE' + 'AK'\n" for name in names)
    script += "".join(f"{name}()\n" for name in names)
    script += "class Client:\n    @property\n    def api_key(self): return 'LE' + 'AK'\n"
    script += "    def rows(self): yield 'LE' + 'AK'\nClient().api_key; [*Client().rows()]\n"
    trace = shown(write, script, *options, "--debug-log", tmp_path / "log")
    if options == ["-dd"]:
        trace = (tmp_path / "log").read_text().replace("return ", "<= ").replace("yield", "<~")
    assert [name for name in RETURNED if f"<= {name}: ***1\n" not in trace] == []
    assert [name for name in NOT_RETURNED if f"<= {name}: 'LEAK'\n" not in trace] == []
    assert "<= Client.api_key: ***1\n" in trace
    assert "<~ Client.rows: 'LEAK'\n" in trace
