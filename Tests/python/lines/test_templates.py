"""Code that was made of another text than its file has: templates, above all."""

from __future__ import annotations

import re

import pytest
from conftest import run_python, run_swifttrace
from launching import numbered

PAGE = """\
<html>
{% set title = "x" %}
<h1>{{ title }}</h1>
{% for item in items %}
  <li>{{ item.name }}</li>
  {% if item.hot %}
  <b>{{ item.hot }}</b>
  {% endif %}
{% endfor %}
{% block body %}
<p>{{ body }}</p>
{% endblock %}
</html>
"""
RENDER = """\
from jinja2 import Environment, FileSystemLoader
page = Environment(loader=FileSystemLoader("templates")).get_template("page.html")
print(page.render(items=[{"name": 1}, {"name": 2, "hot": 3}], body="b"))
print(page.render(items=[], body="b"))
"""


def traced_template(write, script, *options, env=None):
    """Return what is shown of files in `templates`, at level 2."""
    path = write("script.py", script)
    options = ("-xx", "--no-banner", "--include", "*/templates/*", *options)
    ended = run_swifttrace(*options, path, cwd=path.parent, env=env)
    assert ended.returncode == 0, ended.stderr.decode()
    plain = run_python(path, cwd=path.parent)
    assert ended.stdout == plain.stdout
    return ended.stderr.removeprefix(numbered(script, 1, 2, 3))


def test_a_jinja_template_shows_its_own_lines(write):
    pytest.importorskip("jinja2")
    write("templates/page.html", PAGE)
    assert traced_template(write, RENDER) == (
        numbered(PAGE, 2, 3, 4, 5, 6, 4, 5, 6, 7, 4, 10, 11)
        + numbered(RENDER, 4)
        + numbered(PAGE, 2, 3, 4, 10, 11)
    )


def test_also_where_the_trace_began_after_it_was_loaded(write):
    pytest.importorskip("jinja2")
    write("templates/page.html", PAGE)
    script = """\
import swifttrace
from jinja2 import Environment, FileSystemLoader
page = Environment(loader=FileSystemLoader("templates")).get_template("page.html")
with swifttrace.trace(2, include="*/templates/*"):
    page.render(items=[{"name": 1}], body="b")
"""
    path = write("script.py", script)
    ended = run_python(path, cwd=path.parent)
    assert ended.stderr == (
        numbered(script, 5) + numbered(PAGE, 2, 3, 4, 5, 6, 4, 10, 11) + numbered(script, 4)
    )


def test_what_a_template_includes_and_extends(write):
    pytest.importorskip("jinja2")
    page = (
        '{% extends "base.html" %}\n\n{% block body %}\n{% include "part.html" %}\n{% endblock %}\n'
    )
    base = "<p>\n{% block body %}{% endblock %}\n</p>\n{{ items }}\n"
    part = "one\ntwo\n{{ items }}\n{% macro f(a) %}\n{{ a }}\n{% endmacro %}\n{{ f(1) }}\n"
    for name, text in {"page": page, "base": base, "part": part}.items():
        write(f"templates/{name}.html", text)
    script = RENDER.replace('print(page.render(items=[], body="b"))\n', "")
    assert traced_template(write, script) == (
        numbered(page, 1)
        + numbered(base, 2)
        + numbered(page, 4)
        + numbered(part, 3, 4, 7, 5)
        + numbered(base, 4)
    )


def test_values_and_calls_of_a_template(write):
    pytest.importorskip("jinja2")
    write("templates/page.html", PAGE)
    shown = traced_template(write, RENDER, "--values", "--calls").decode()
    assert "+ [     2]   => root(" in shown
    assert re.search(r"\+ \[     2\] # l_0_title = .* → 'x'\n", shown)
    assert {line[3:9] for line in shown.splitlines() if line.endswith("</li>")} == {"     5"}


def test_a_template_without_a_file_has_no_text_and_its_own_numbers(write):
    pytest.importorskip("jinja2")
    script = """\
from jinja2 import Environment
page = Environment().from_string("one\\n{{ x + 1 }}\\n{% if x %}\\n{{ x }}\\n{% endif %}")
print(page.render(x=2))
"""
    shown = traced_template(write, script, "--include", "<template>")
    assert shown == b"".join(b"+ [%6d] <no source>\n" % number for number in (2, 3, 4))


def test_a_template_that_lies_in_a_dictionary(write):
    pytest.importorskip("jinja2")
    page = 'one\n{{ x + 1 }}\n{% include "other" %}\n'
    other = "{% if x %}\n{{ x }}\n{% endif %}\n"
    script = f"""\
from jinja2 import DictLoader, Environment
pages = {{"page": {page!r}, "other": {other!r}}}
print(Environment(loader=DictLoader(pages)).get_template("page").render(x=2))
"""
    shown = traced_template(write, script, "--include", "<template>")
    assert shown == numbered(page, 2, 3) + numbered(other, 1, 2)


def test_a_loader_that_is_the_programs_own_is_not_called(write):
    pytest.importorskip("jinja2")
    script = """\
import jinja2
page = jinja2.Environment(loader=jinja2.FunctionLoader({"p": "{{ x }}"}.pop)).get_template("p")
print(page.render(x=2))
"""
    shown = traced_template(write, script, "--include", "<template>")
    assert shown == b"+ [     1] <no source>\n"


def test_flask_shows_them_too(write):
    pytest.importorskip("flask")
    page = "<p>\n{{ name }}\n</p>\n"
    write("templates/page.html", page)
    script = """\
import flask
app = flask.Flask(__name__)
app.route("/")(lambda: flask.render_template("page.html", name="x"))
print(app.test_client().get("/").text)
"""
    shown = traced_template(write, script)
    assert shown == numbered(script, 4, 3) + numbered(page, 2)


def test_a_mako_template_is_not_shown_as_what_it_is_not(write):
    pytest.importorskip("mako")
    # Its module has the name that the template has: that is what Mako calls the code.
    text = "one\n% for x in items:\n${x}\n% endfor\n" + "more\n" * 100
    write("templates_page", text)
    script = """\
from mako.template import Template
page = Template(filename="templates_page")
print(page.render(items=[1]))
"""
    shown = traced_template(write, script, "--include", "templates_page")
    assert b"__M_writer(str(x))\n" in shown or b"<no source>" in shown
    assert b"] more" not in shown
    assert b"] % endfor" not in shown


@pytest.mark.parametrize("scope", ["script", "project"])
def test_a_mako_template_in_memory_shows_its_module(write, scope):
    template = pytest.importorskip("mako.template")
    if not hasattr(template, "_ModuleSourceLoader"):
        pytest.skip("this Mako has no text of its modules")
    script = """\
from mako.template import Template
for text in ("one\\n${x}\\n", "${x + 1}\\n"):
    print(Template(text).render(x=1))
"""
    options = ["--scope", scope] if scope == "project" else ["--include", "*memory:*"]
    shown = traced_template(write, script, *options)
    assert b"__M_writer(str(x))\n" in shown
    assert b"__M_writer(str(x + 1))\n" in shown
    assert b"<no source>" not in shown


def test_a_mako_module_on_disk_is_python(write):
    pytest.importorskip("mako")
    write("templates/page.html", "one\n${x}\n")
    script = """\
from mako.lookup import TemplateLookup
page = TemplateLookup("templates", module_directory="templates/made").get_template("page.html")
print(page.render(x=1))
"""
    shown = traced_template(write, script)
    assert b"        __M_writer(str(x))\n" in shown
    assert b"<no source>" not in shown


# The text of the file, what is compiled under its name, and the numbers of the lines that run.
ENGINES = {
    "more lines than the file has": ("one\ntwo\n", "a = 1\nb = 2\nc = 3\n", [1, 2, 3]),
    "other names": ("one\ntwo\nthree\nfour\n", "out = []\nout.append(1)\n", [1, 2]),
    "a function elsewhere": ("render x\nx = 1\nx\n", "x = 1\ndef render():\n    x\n", [1, 2, 3]),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("names", ["{}", "{'__file__': name}", "globals()"])
def test_an_engine_of_ones_own(write, engine, names):
    text, code, numbers = ENGINES[engine]
    write("templates/page.txt", text)
    script = f"""\
name = "templates/page.txt"
names = {names}
exec(compile({code!r}, name, "exec"), names)
if "render" in names: names["render"]()
"""
    shown = traced_template(write, script)
    lines = [line for line in shown.splitlines() if b"<no source>" in line]
    assert [int(line[3:9]) for line in lines] == numbers
    assert len(shown.splitlines()) == len(numbers) + 1


def test_what_was_compiled_is_shown_however_it_was_run(write):
    text = """\
import os.path as p, sys
class A:
    def __f(self): return [lambda: x for x in (1, 2)]
    @property
    def g(self) -> "int":
        return self.__f()
def \\
    h(a, *b, c=1, **d):
    ﬁt = "é"
    return fit
async def i():
    match {"a": 1}:
        case {"a": one}: return f"{one=}"
A().g; h(1)
try: i().send(None)
except StopIteration: pass
"""
    write("templates/page.py", text)
    script = """\
name = "templates/page.py"
names = {}
exec(compile(open(name, encoding="utf-8").read(), name, "exec"), names)
"""
    shown = traced_template(write, script)
    assert b"<no source>" not in shown
    assert shown.count(b"\n") > 15
    assert numbered(text, 14) in shown
    assert numbered(text, 9) in shown


def test_a_text_that_was_registered_under_the_name_of_a_file(write):
    write("templates/page.txt", "one\ntwo\n")
    script = """\
import linecache
name, code = "templates/page.txt", "a = 1\\nb = 2\\n"
linecache.cache[name] = len(code), None, code.splitlines(True), name
exec(compile(code, name, "exec"), {})
"""
    shown = traced_template(write, script)
    assert shown == numbered(script, 4) + numbered("a = 1\nb = 2\n")
