"""Where the text of a line comes from, and what of it reaches the reader."""

from __future__ import annotations

import os
import zipfile

import pytest
from conftest import run_python, run_swifttrace


def trace_of(ended):
    """The lines of the trace on standard error, as bytes."""
    return [line for line in ended.stderr.split(b"\n") if line.startswith(b"+ ")]


def traced(path, *options, **kwargs):
    ended = run_swifttrace(*options, path, **kwargs)
    assert ended.returncode == 0, ended.stderr
    return trace_of(ended)


# -- golden output of the three levels -------------------------------------------------

PROGRAM = 'import sys\n\n\ndef f(n):\n\tif n:   \n\t\treturn f(n - 1)\n\n\nf(1)\nprint("ü")\n'


def test_level_1_prints_the_line_behind_a_cross(write):
    found = traced(write("script.py", PROGRAM), "-x")
    assert found == [
        b"+ import sys",
        b"+ def f(n):",
        b"+ f(1)",
        b"+ \tif n:",
        b"+ \t\treturn f(n - 1)",
        b"+ \tif n:",
        '+ print("ü")'.encode(),
    ]


def test_level_2_prints_the_number_in_six_columns(write):
    found = traced(write("script.py", PROGRAM), "-xx")
    assert found[0] == b"+ [     1] import sys"
    assert found[-1] == '+ [    10] print("ü")'.encode()


def test_level_3_prints_the_last_32_characters_of_the_file(write):
    path = write("a-very-long-name-with-ünïcode-in-it.py", "x = 1\n")
    found = traced(path, "-xxx", "--scope", "script")
    assert found == [b"+ [" + os.fsencode(str(path)[-32:]) + b":1     ] x = 1"]


def test_level_3_pads_a_short_name(tmp_path):
    code = "exec(compile('x = 1', 'f.py', 'exec'))"
    ended = run_swifttrace("-xxx", "--scope", "script", "--include", "f.py", "-c", code)
    assert trace_of(ended)[-1] == b"+ [" + b" " * 28 + b"f.py:1     ] <no source>"


def test_numbers_wider_than_their_columns_are_whole(write):
    path = write("script.py", "\n" * 1_234_566 + "x = 1\n")
    assert traced(path, "-xx") == [b"+ [1234567] x = 1"]
    wide = traced(path, "-xxx", "--scope", "script")
    assert wide == [b"+ [" + f"{str(path)[-32:]:>32}".encode() + b":1234567] x = 1"]


def test_trailing_white_space_is_stripped_as_rstrip_does(write):
    path = write("script.py", "x = 1 \t\x0c\ny = 2 # a\u00a0\u2003\u3000\u1680\n")
    assert traced(path) == [b"+ x = 1", b"+ y = 2 # a"]


# -- encodings -------------------------------------------------------------------------

ENCODED = {
    "utf-8 without a cookie": ("utf-8", ""),
    "utf-8 with a cookie": ("utf-8", "# -*- coding: utf-8 -*-\n"),
    "latin-1": ("latin-1", "# -*- coding: latin-1 -*-\n"),
    "iso-8859-15 in vim's way": ("iso-8859-15", "# vim: set fileencoding=iso-8859-15 :\n"),
    "cp1252 on the second line": ("cp1252", "#!/usr/bin/python\n# coding=cp1252\n"),
    "upper case and underscores": ("latin-1", "# CODING: coding: Latin_1\n"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_any_encoding_is_printed_as_utf_8(name, write):
    encoding, cookie = ENCODED[name]
    path = write("script.py", cookie.encode() + "x = 'é'\n".encode(encoding))
    assert traced(path) == ["+ x = 'é'".encode()]


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-kr", "gbk", "koi8-r", "utf-7"])
def test_encodings_of_python_s_own_codecs(encoding, write):
    letter = {"koi8-r": "Ж", "euc-kr": "가"}.get(encoding, "字")
    source = f"# coding: {encoding}\nx = '{letter}'\n".encode(encoding)
    path = write("script.py", source)
    assert traced(path) == [f"+ x = '{letter}'".encode()]


def test_a_byte_order_mark_is_no_part_of_the_first_line(write):
    assert traced(write("script.py", b"\xef\xbb\xbfx = 1\n")) == [b"+ x = 1"]


def test_a_cookie_on_the_third_line_is_a_comment(write):
    path = write("script.py", "\n\n# coding: latin-1\nx = 'é'\n".encode())
    assert traced(path) == ["+ x = 'é'".encode()]


# -- lines -----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_line_end_counts_as_the_tokenizer_counts_it(end, write):
    path = write("script.py", end.join(["x = 1", "if x:", "    y = 2", "z = 3"]).encode())
    assert traced(path, "-xx") == [
        b"+ [     1] x = 1",
        b"+ [     2] if x:",
        b"+ [     3]     y = 2",
        b"+ [     4] z = 3",
    ]


def test_a_form_feed_ends_no_line_and_is_shown(write):
    path = write("script.py", "x = 1\n\x0c\ny = 2\n\x0cz = 'a\x0cb'\n")
    assert traced(path, "-xx") == [
        b"+ [     1] x = 1",
        b"+ [     3] y = 2",
        b"+ [     4] \\x0cz = 'a\\x0cb'",
    ]


def test_separators_that_splitlines_knows_end_no_line(write):
    path = write("script.py", "x = 'a\u2028b\x1cc\x85d'\ny = 2\n".encode())
    assert traced(path, "-xx") == [
        "+ [     1] x = 'a\u2028b\\x1cc\\x85d'".encode(),
        b"+ [     2] y = 2",
    ]


def test_what_a_terminal_would_act_on_is_shown_as_escapes(write):
    acted_on = "\x1b]52;c;AAAA\x07\x1b[31m\x08\x7f\x9b\u202e\u2066"
    path = write("script.py", f"x = '{acted_on}'\n".encode())
    shown = b"\\x1b]52;c;AAAA\\x07\\x1b[31m\\x08\\x7f\\x9b\\u202e\\u2066"
    assert traced(path) == [b"+ x = '" + shown + b"'"]


def test_a_file_name_is_made_visible_too(tmp_path):
    code = "exec(compile('x = 1', 'a\\x1b[31m.py', 'exec'))"
    ended = run_swifttrace("-xxx", "--scope", "script", "--include", "a*.py", "-c", code)
    assert b"a\\x1b[31m.py:1     ] <no source>" in trace_of(ended)[-1]
    assert b"\x1b" not in ended.stderr


def test_a_line_of_ten_megabytes_is_whole(write):
    line = b"x = '" + b"y" * 10_000_000 + b"'"
    assert traced(write("script.py", line + b"\nz = 1\n")) == [b"+ " + line, b"+ z = 1"]


# -- text that is in no file -----------------------------------------------------------


def test_the_code_of_c_is_shown(tmp_path):
    ended = run_swifttrace("-xx", "-c", "x = 1\ndef f():\n    return 'ü'\nf()")
    assert trace_of(ended) == [
        b"+ [     1] x = 1",
        b"+ [     2] def f():",
        b"+ [     4] f()",
        "+ [     3]     return 'ü'".encode(),
    ]


def test_standard_input_is_shown(tmp_path):
    ended = run_swifttrace("-xx", "-", input=b"x = 1\nfor i in range(2):\n    x += i\n")
    assert trace_of(ended) == [
        b"+ [     1] x = 1",
        b"+ [     2] for i in range(2):",
        b"+ [     3]     x += i",
        b"+ [     2] for i in range(2):",
        b"+ [     3]     x += i",
        b"+ [     2] for i in range(2):",
    ]


def test_code_that_c_executes_is_not_taken_for_its_own(tmp_path):
    ended = run_swifttrace("-xx", "-c", "exec('a = 1')\nb = 2")
    assert trace_of(ended) == [b"+ [     1] exec('a = 1')", b"+ [     2] b = 2"]


REGISTERED = """\
import linecache
text = "a = 1\\nb = 2\\n"
linecache.cache["<made>"] = (len(text), None, text.splitlines(True), "<made>")
exec(compile(text, "<made>", "exec"))
later = "c = 3\\n"
linecache.cache["<made>"] = (len(later), None, [later], "<made>")
exec(compile(later, "<made>", "exec"))
"""


def test_text_registered_in_linecache_is_shown_also_where_it_changes(write):
    found = traced(write("script.py", REGISTERED), "--include", "<made>")
    assert [line for line in found if b"exec" not in line][-4:] == [
        b"+ a = 1",
        b"+ b = 2",
        b'+ later = "c = 3\\n"',
        b'+ linecache.cache["<made>"] = (len(later), None, [later], "<made>")',
    ] or found[-1] == b"+ c = 3"
    assert b"+ a = 1" in found
    assert b"+ b = 2" in found
    assert found[-1] == b"+ c = 3"


def test_text_that_linecache_would_ask_a_loader_for_is_shown(write):
    script = (
        "import linecache\n"
        "linecache.cache['<lazy>'] = (lambda: 'a = 1\\n',)\n"
        "exec(compile('a = 1', '<lazy>', 'exec'))\n"
    )
    assert traced(write("script.py", script), "--include", "<lazy>")[-1] == b"+ a = 1"


def test_doctest_examples_are_shown(write):
    path = write("script.py", '__doc__ = ">>> y = 6 * 7\\n"\nimport doctest\ndoctest.testmod()\n')
    found = traced(path, "--include", "<doctest*")
    assert b"+ y = 6 * 7" in found


def test_modules_in_a_zip_are_shown(tmp_path):
    archive = tmp_path / "app.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("__main__.py", "import inside\ninside.f()\n")
        zipped.writestr("inside.py", "def f():\n    return 'zipped'\n")
    found = traced(archive, "-xx", "--include", "*/inside.py")
    assert found == [
        b"+ [     1] import inside",
        b"+ [     1] def f():",
        b"+ [     2] inside.f()",
        b"+ [     2]     return 'zipped'",
    ]


def test_frozen_modules_show_the_library_s_own_file(write):
    path = write("script.py", "import os\nos.path.join('a', 'b')\n")
    found = traced(path, "-xxx", "--scope", "script", "--include", "<frozen posixpath>")
    assert any(b"<frozen posixpath>:" in line and b"path = a" in line for line in found)
    assert not any(b"<no source>" in line for line in found)


@pytest.mark.parametrize(
    "code",
    [
        "exec('a = 1')",
        "exec(compile('a = 1', '/nowhere/at/all.py', 'exec'))",
        "exec(compile('a = 1', '/tmp', 'exec'))",
        "exec(compile('a = 1', '', 'exec'))",
        "exec(compile('a = 1', '/dev/zero', 'exec'))",
        "exec(compile('\\n' * 99 + 'a = 1', __file__, 'exec'))",
        "exec(compile('a = 1', 'lone \\udcff\\ud800', 'exec'))",
        "import ast; t = ast.parse('a = 1'); ast.increment_lineno(t, 2**31 - 2); "
        "exec(compile(t, '<far>', 'exec'))",
    ],
    ids=["string", "missing", "directory", "empty", "device", "too short", "surrogate", "far"],
)
def test_no_source_is_said_and_nothing_raised(code, write):
    path = write("script.py", code + "\nb = 2\n")
    found = traced(path, "-xxx", "--scope", "script", "--include", "*", "--exclude", "<froz*")
    ours = [line for line in found if b"/lib/python3" not in line]
    assert ours[-2].endswith(b"] <no source>")
    assert ours[-1].endswith(b"] b = 2")


def test_a_file_that_cannot_be_read_is_named_all_the_same(write):
    path = write("secret.py", "a = 1\n")
    script = write(
        "script.py",
        "import os, sys\ncode = compile('a = 1', sys.argv[1], 'exec')\n"
        "os.chmod(sys.argv[1], 0)\nif os.getuid() == 0: os.seteuid(65534)\nexec(code)\n",
    )
    ended = run_swifttrace("-xx", "--include", "secret.py", script, path)
    assert trace_of(ended)[-1] == b"+ [     1] <no source>"
    assert ended.returncode == 0


def test_a_file_that_vanishes_once_it_was_read_stays_known(write):
    script = write("script.py", "import os\nos.remove(__file__)\nx = 1\ny = 2\n")
    assert traced(script)[-2:] == [b"+ x = 1", b"+ y = 2"]


def test_a_relative_name_is_looked_for_where_the_program_started(write, tmp_path):
    write("elsewhere/module.py", "wrong = 1\n")
    write("module.py", "def f():\n    right = 1\n")
    script = write(
        "script.py",
        "import os\ncode = compile(open('module.py').read(), 'module.py', 'exec')\n"
        "os.chdir('elsewhere')\nexec(code)\nf()\n",
    )
    found = traced(script, "--include", "module.py", cwd=tmp_path)
    assert found[-3:] == [b"+ def f():", b"+ f()", b"+     right = 1"]


def test_a_module_that_is_edited_and_loaded_again_shows_its_new_text(write):
    module = write("module.py", "def f():\n    return 1\n")
    script = write(
        "script.py",
        "import importlib, os, sys\nsys.dont_write_bytecode = True\nimport module\nmodule.f()\n"
        "with open(module.__file__, 'w') as f: f.write('x = 0\\ndef f():\\n    return 2222\\n')\n"
        "os.utime(module.__file__, (1, 1))\nimportlib.reload(module)\nmodule.f()\n",
    )
    found = traced(script, "--include", "module.py")
    assert b"+     return 1" in found
    assert found[-2:] == [b"+ module.f()", b"+     return 2222"]
    assert module.exists()


MILLION = """\
import resource, sys
count, name = int(sys.argv[1]), sys.argv[2]
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for n in range(1000): exec(compile("a = 1", name % n if "%" in name else name, "exec"))
before = peak()
for n in range(count): exec(compile("a = 1", name % n if "%" in name else name, "exec"))
print(peak() - before)
"""


@pytest.mark.parametrize("name", ["<string>", "<made %d>", "/nowhere/made%d.py"])
def test_short_lived_code_objects_leave_nothing_behind(name, write, tmp_path):
    script = write("script.py", MILLION)
    ended = run_swifttrace("-xxx", "--include", "*made*", "-o", os.devnull, script, "100000", name)
    assert int(ended.stdout) < 2000, "kilobytes"


def test_enabling_and_disabling_ten_thousand_times_leaves_nothing_behind(write, tmp_path):
    script = write(
        "script.py",
        "import gc, os, resource, swifttrace\n"
        "def f(n):\n    return n + 1\n"
        "def round():\n    swifttrace.enable(2, output=os.devnull)\n    f(1)\n"
        "    swifttrace.disable()\n"
        "def measure():\n    gc.collect()\n"
        "    return len(gc.get_objects()), "
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, len(os.listdir('/proc/self/fd'))\n"
        "for _ in range(1000): round()\n"
        "before = measure()\n"
        "for _ in range(10_000): round()\n"
        "after = measure()\n"
        "print(after[0] - before[0], after[1] - before[1], after[2] - before[2])\n",
    )
    ended = run_python(script)
    assert ended.stderr == b""
    objects, kilobytes, descriptors = map(int, ended.stdout.split())
    assert objects <= 10
    assert kilobytes < 2000
    assert descriptors == 0
