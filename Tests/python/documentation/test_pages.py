"""README and docs: their size, their links, and that they name each option and each mark."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, run_swifttrace
from swifttrace.config.options import OPTIONS, SUBCOMMANDS

DOCS = ROOT / "docs"
SHARE = Path(sys.prefix, "share")
SHELL_FILES = {
    "manual page": "man/man1/swifttrace.1",
    "bash": "bash-completion/completions/swifttrace",
    "zsh": "zsh/site-functions/_swifttrace",
    "fish": "fish/vendor_completions.d/swifttrace.fish",
}
MOST_WORDS = 600

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="there are no pages here")
sys.path += [str(DOCS / "_ext"), str(DOCS / "tools")]

SHOWN = [
    (flag, name)
    for option in OPTIONS
    for flag in option.flags
    for name in flag.names
    if re.search(rf"{name}(?![\w-])", flag.shown)
]
"""The names of options that are offered: old spellings are not."""


@pytest.fixture(scope="module")
def shell_files():
    """The texts of the files that the wheel has put into `share`."""
    if not (SHARE / SHELL_FILES["manual page"]).exists():
        pytest.skip("the wheel is not installed here")
    return {name: (SHARE / path).read_text(encoding="utf-8") for name, path in SHELL_FILES.items()}


def test_the_readme_fits_on_a_screen():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= MOST_WORDS


def test_the_readme_says_what_swifttrace_does_not_do_and_where_all_limits_are():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## What it does not do\n")[2].partition("\n## ")[0]
    assert 3 <= len(re.findall("^- ", section, re.MULTILINE)) <= 6
    assert "(docs/reference/limits.md)" in section


def test_every_page_is_reached_from_the_index():
    found, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in found:
            continue
        found.add(page)
        text = page.read_text(encoding="utf-8")
        for tree in re.findall(r"^(?:```|:::)\{toctree\}\n(.*?)^(?:```|:::)$", text, re.M | re.S):
            names = [line.strip().rpartition("<")[2].strip(">") for line in tree.splitlines()]
            waiting += [page.parent / f"{name}.md" for name in names if name and name[0] != ":"]
    assert sorted(set(DOCS.rglob("*.md")) - {page.resolve() for page in found}) == []


def test_no_link_of_a_page_leads_nowhere(capsys):
    import links

    pages = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    assert links.main(pages) == 0, capsys.readouterr().out


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_has_a_heading_in_the_reference(option):
    tables = pytest.importorskip("option_tables")
    assert "<!-- options -->" in (DOCS / "reference/command-line.md").read_text(encoding="utf-8")
    headings = [line for line in tables.command_text().splitlines() if line.startswith("### ")]
    heading = headings[OPTIONS.index(option)]
    names = [tables.long_name(flag) for flag in option.flags if flag.help]
    assert names
    assert all(f"`{name}`" in heading for name in names)


@pytest.mark.parametrize(("flag", "name"), SHOWN, ids=[name for _, name in SHOWN])
def test_every_option_is_in_help_manual_and_completions(flag, name, shell_files):
    def has(text, spelling):
        return re.search(rf"(?<![\w-]){re.escape(spelling)}(?![\w-])", text)

    assert has(run_swifttrace("--help").stdout.decode(), name)
    assert f"Fl {name[1:]}" in shell_files["manual page"]
    assert has(shell_files["bash"], name)
    assert has(shell_files["zsh"], name)
    long = "-l" if name.startswith("--") else "-s" if len(name) == 2 else "-o"
    assert has(shell_files["fish"], f"{long} {name.lstrip('-')}")


@pytest.mark.parametrize("name", [name for name, _, _ in SUBCOMMANDS])
def test_every_subcommand_is_in_help_manual_and_completions(name, shell_files):
    assert f"swifttrace {name} " in run_swifttrace("--help").stdout.decode()
    assert f"\n.It Cm {name} " in shell_files["manual page"]
    assert re.search(rf'[" ]{name}[" ]', shell_files["bash"])
    assert f"'{name}:" in shell_files["zsh"]
    assert f" -a {name} " in shell_files["fish"]


def test_mandoc_has_nothing_to_say_of_the_manual_page(shell_files):
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    path = SHARE / SHELL_FILES["manual page"]
    ended = subprocess.run(["mandoc", "-T", "lint", path], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 0)
