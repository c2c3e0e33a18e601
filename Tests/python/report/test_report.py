"""`swifttrace report`: the page in a real browser."""

import base64
import json
import re
import shutil
import subprocess
import sys
import zlib

import pytest
from conftest import clean_environment

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PROGRAM = """\
import os, threading

def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)

def number(text):
    if text == "-":
        return never_else(text)
    return float(text)

def never_else(text):
    return 0.0

def never():
    return "ran"

def work():
    fib(5)

for n in range(300):
    x = number("-" if n == 77 else "2")
thread = threading.Thread(target=work, name="worker <&>")
thread.start()
thread.join()
if os.fork() == 0:
    fib(2)
    os._exit(3)
os.wait()
"""
HOSTILE = """\
größe = "</script><script>alert(1)</script>"
имя = "<!-- <img src=x onerror=alert(1)> --> &amp; \u2028 \u2029"
名前 = "\u202eevil\u202c \\x00\\x1b[31m"
long = "%s"
print(len(größe + имя + 名前 + long))
""" % ("y" * 2_000_000)
LONG = "x = 1\n" + "# nothing\n" * 400_000 + "y = 2\n"


def swifttrace(*arguments, cwd, status=0):
    command = [sys.executable, "-m", "swifttrace", *map(str, arguments)]
    ended = subprocess.run(
        command, capture_output=True, cwd=cwd, env=clean_environment(), text=True
    )
    assert ended.returncode == status, ended.stderr
    return ended.stderr if status else ended.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    (folder / "prog.py").write_text(PROGRAM)
    (folder / "hostile.py").write_text(HOSTILE, encoding="utf-8")
    (folder / "long.py").write_text(LONG)
    (folder / "hello.py").write_text("print('hello, world')\n")
    swifttrace("record", "--calls", "--values", "-o", "prog.swt", "prog.py", cwd=folder)
    (child,) = folder.glob("prog.swt.*")
    child.rename(folder / "child.swt")
    for name in ("hostile", "long", "hello"):
        swifttrace("record", "--values", "-o", f"{name}.swt", f"{name}.py", cwd=folder)
        assert swifttrace("report", f"{name}.swt", cwd=folder) == f"{name}.html\n"
    swifttrace("report", "prog.swt", "child.swt", "-o", "prog.html", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium is installed")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, folder):
    """Open a report; nothing but its own file may be asked for, and nothing may fail."""
    contexts = []

    def run(name, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.faults = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda message: page.faults.append(message.text))
        page.on("dialog", lambda dialog: page.faults.append(dialog.message))
        page.goto((folder / name.partition("#")[0]).as_uri() + name[len(name.partition("#")[0]) :])
        return page

    yield run
    for context in contexts:
        for page in context.pages:
            assert page.faults == []
            assert all(url.startswith("file:") for url in page.asked)
            assert len(page.asked) == 1
        context.close()


def rows(page, view):
    """Return the texts of the rows that are in the page."""
    return page.locator(f"#view-{view} .rows .row").all_inner_texts()


def test_a_report_is_small_and_the_same_each_time(folder):
    page = (folder / "hello.html").read_bytes()
    assert len(page) <= 150_000
    data = re.search(rb'id="data">([^<]*)<', page)[1]
    assert len(page) - len(data) <= 100_000
    swifttrace("report", "hello.swt", "-o", "again.html", cwd=folder)
    assert (folder / "again.html").read_bytes() == page
    assert b"default-src 'none'" in page
    assert "needs another name" in swifttrace(
        "report", "hello.swt", "-o", "hello.swt", cwd=folder, status=2
    )
    (folder / "trace.log").write_text("+ [     1] x = 1\n")
    swifttrace("report", "trace.log", cwd=folder)
    assert b"<p>This is a text trace: it has no times" in (folder / "trace.html").read_bytes()
    (folder / "empty").write_bytes(b"")
    assert "empty: neither a recording" in swifttrace("report", "empty", cwd=folder, status=2)
    assert not (folder / "empty.html").exists()


def told_by(page):
    """What the viewer reads of each process."""
    packed = max(re.findall(r"[A-Za-z0-9+/=]{200,}", page.read_text("utf-8")), key=len)
    return json.loads(zlib.decompress(base64.b64decode(packed)))["runs"]


def test_a_run_ends_with_its_page(folder):
    program = "import sys; print('ran'); sys.exit(3)"
    command = [sys.executable, "-m", "swifttrace"]

    def run(*arguments):
        words = [*command, *arguments]
        ended = subprocess.run(
            words, capture_output=True, cwd=folder, env=clean_environment(), text=True
        )
        return ended.returncode, ended.stdout, ended.stderr

    assert run("--html", "page.html", "--calls", "-c", program) == (3, "ran\n", "")
    assert b"status 3 after" in (folder / "page.html").read_bytes()
    assert run("record", "--html", "both.html", "-o", "both.swt", "-c", program) == (3, "ran\n", "")
    assert (folder / "both.html").exists()
    assert (folder / "both.swt").exists()
    # The processes that it has started are in the page, those of an earlier run are not.
    shutil.copy(folder / "both.swt", folder / "forks.swt.1")
    forks = "import os\nif os.fork() == 0:\n    os._exit(4)\nos.wait()"
    assert run("record", "--html", "forks.html", "-o", "forks.swt", "-c", forks)[0] == 0
    ends = [each["verdict"][-1] for each in told_by(folder / "forks.html")]
    assert [re.sub(r" after .*", "", end)[-8:] for end in ends] == ["status 0", "status 4"]
    status, printed, told = run("--html", "none/page.html", "-c", program)
    assert (status, printed) == (2, "")
    assert told == "swifttrace: cannot write to none/page.html: No such file or directory\n"
    both = ["--record", "-o", "page.html", "-c", "1"]
    for arguments in (["--fold", "-c", "1"], ["-o", "x", "-c", "1"], ["attach", "1"], both):
        status, _, told = run("--html", "page.html", *arguments)
        assert (status, told.count("\n")) == (2, 1)
        assert "html" in told
    assert "It is a program's source" in run("--html", "prog.py", "prog.py")[2]


def test_the_verdict_and_the_views_with_their_keys(opened):
    page = opened("prog.html", viewport={"width": 1280, "height": 800})
    page.wait_for_selector("#source-rows .row")
    verdict = page.inner_text("#verdict")
    assert "rarest: once, in round 78 of prog.py:22: prog.py:10 14" in verdict
    assert "ended with status 0 after" in verdict
    source = rows(page, "source")
    assert source[3].split("\n")[0] == "15"
    assert source[16].split("\n")[:1] == ["never"]
    assert "3 ways" not in source[21]
    assert "2 ways" in source[21]

    page.keyboard.press("/")
    page.keyboard.type("prog.py:10")
    assert page.locator(".hit").first.inner_text().startswith("prog.py:10")
    page.keyboard.press("Enter")
    assert "at=prog.py%3A10" in page.url
    assert "Ran once" in page.inner_text(".details")
    page.keyboard.press("j")
    assert "at=prog.py%3A11" in page.url
    assert "Ran 299 times" in page.inner_text(".details")

    page.keyboard.press("2")
    assert page.get_attribute("#tab-trace", "aria-selected") == "true"
    assert not any("once, in round" in text for text in rows(page, "trace"))
    page.keyboard.press("e")
    texts = [text.replace("\n", " ") for text in rows(page, "trace")]
    assert any("loop prog.py:22: 300 rounds, 2 ways" in text for text in texts)
    assert any("299 times, first in round 1" in text for text in texts)
    page.keyboard.press("c")
    assert len(rows(page, "trace")) < len(texts)

    page.keyboard.press("3")
    page.keyboard.press("e")
    calls = [text.split("\n") for text in rows(page, "calls")]
    assert [row[0] for row in calls if "number" in row[-1]] == ["300"]
    page.get_by_role("button", name="who calls").click()
    calls = [text.split("\n") for text in rows(page, "calls")]
    assert [row[0] for row in calls if "fib" in row[-1]] == ["15"]
    row = page.locator("#calls-rows .row", has_text="never_else")
    row.locator(".fold").click()
    texts = rows(page, "calls")
    at = next(index for index, text in enumerate(texts) if "never_else" in text)
    assert "number" in texts[at + 1]

    page.keyboard.press("4")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert re.search(r"number prog\.py:8, MainThread: .* from 0\.\d+ s", page.inner_text(".told"))
    page.keyboard.press("+")
    page.keyboard.press("Enter")
    assert page.get_attribute("#tab-source", "aria-selected") == "true"
    page.keyboard.press("?")
    assert page.locator("dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    page.get_by_label("Process").select_option(index=1)
    assert "ended with status 3" in page.inner_text("#verdict")


def test_links_themes_narrow_pages_and_print(opened):
    page = opened("prog.html#view=calls&at=prog.py:6", viewport={"width": 390, "height": 800},
                  color_scheme="dark")  # fmt: skip
    page.wait_for_selector("#calls-rows .row")
    back = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(back) == "rgb(20, 23, 28)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("t")
    assert page.evaluate(back) == "rgb(255, 255, 255)"
    page.keyboard.press("1")
    assert "prog.py:6" in page.inner_text(".details")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(rows(page, "source")) == len(PROGRAM.splitlines())
    assert not page.locator(".tools").is_visible()


def test_axe_finds_nothing_serious(opened):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened("prog.html", color_scheme="light")
    page.wait_for_selector("#source-rows .row")
    page.keyboard.press("1")
    page.keyboard.press("j")
    for key in ["t", "t", "2", "3", "4", "?"]:
        page.keyboard.press(key)
        if page.get_attribute("html", "data-theme") == "light":
            continue
        found = axe.run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_text_of_the_program_stays_text(opened):
    page = opened("hostile.html")
    page.wait_for_selector("#source-rows .row")
    source = rows(page, "source")
    assert '"</script><script>alert(1)</script>"' in source[0]
    assert "<!-- <img src=x onerror=alert(1)> --> &amp;" in source[1]
    assert "имя" in source[1]
    assert "\\u202eevil" in source[2]
    assert "more characters)" in source[3]
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2


def test_a_long_source_is_scrolled_and_searched(opened):
    page = opened("long.html")
    page.wait_for_selector("#source-rows .row")
    page.keyboard.press("1")
    page.keyboard.press("End")
    # It is drawn with the next frame.
    page.locator("#source-rows .row", has_text="400002").wait_for()
    assert rows(page, "source")[-1].endswith("400002\ny = 2  # y = 2")
    page.mouse.move(300, 400)
    page.mouse.wheel(0, -100)
    page.wait_for_timeout(50)
    assert len(rows(page, "source")) < 80
    page.keyboard.press("/")
    page.keyboard.type("y = 2")
    assert page.inner_text(".search .sum") == "1 line"
    took = page.evaluate(
        """async () => {
          const rows = document.getElementById("source-rows");
          let [last, longest] = [performance.now(), 0];
          for (let step = 0; step < 40; step++) {
            rows.scrollTop = (step % 20) * 400000;
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          }
          const start = performance.now();
          document.getElementById("search").value = "nothing";
          document.getElementById("search").dispatchEvent(new Event("input"));
          return performance.now() - start;
        }"""
    )
    # The bound is 0.2 s on an idle machine.
    assert took < 2000
    assert page.inner_text(".search .sum") == "100 of 400,000 lines"


def test_without_a_script_or_a_decoder_there_is_text(opened, browser, folder):
    page = opened("prog.html", java_script_enabled=False)
    shown = page.inner_text("noscript") if page.locator("noscript").count() else page.content()
    assert "+ [prog.py:22] for n in range(300):" in shown
    context = browser.new_context()
    context.add_init_script("delete window.DecompressionStream")
    page = context.new_page()
    page.goto((folder / "hello.html").as_uri())
    assert "no DecompressionStream" in page.inner_text("#message")
    context.close()
