"""What is written, and where: files of one's own, and no others."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import TIMEOUT, clean_environment, run_python, run_swifttrace

LINK = "a symbolic link in a directory that everybody may write to"
NOT_OWN = "not your own file alone, in a directory that everybody may write to"
WAYS = {
    "a file": ["-o", "{}"],
    "a ring": ["--last", "5", "-o", "{}"],
    "a log": ["-d", "--debug-log", "{}"],
}
PUBLIC_MODES = {"sticky": 0o1777, "not sticky": 0o777}
takes_root = pytest.mark.skipif(os.getuid() != 0, reason="takes root to be somebody else")


@pytest.fixture(params=PUBLIC_MODES)
def public(request, tmp_path):
    """A directory that everybody may write to."""
    directory = tmp_path / "public"
    directory.mkdir()
    directory.chmod(PUBLIC_MODES[request.param])
    return directory


@pytest.fixture
def victim(tmp_path):
    path = tmp_path / "victim"
    path.write_text("kept\n")
    return path


def asked(way, path):
    return [word.format(path) for word in WAYS[way]]


def assert_refused(way, path, victim, reason):
    ended = run_swifttrace(*asked(way, path), "-c", "print('ran')")
    assert ended.stderr.decode() == f"swifttrace: cannot write to {path}: {reason}\n"
    assert (ended.returncode, ended.stdout) == (2, b"")
    if victim is not None:
        assert victim.read_text() == "kept\n"


# -- whose they are --------------------------------------------------------------------------

TREE = """\
import os, subprocess, sys
if (child := os.fork()) == 0:
    x = 1
    os._exit(0)
os.waitpid(child, 0)
subprocess.run([sys.executable, "-c", "x = 1"])
"""


@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["trace", "trace-%p"])
def test_a_file_is_the_user_s_own_and_so_are_those_of_children(name, way, mask, write, tmp_path):
    program = write("program.py", TREE)
    directory = tmp_path / "traces"
    directory.mkdir()
    ended = run_swifttrace(
        *asked(way, directory / name), program, preexec_fn=lambda: os.umask(mask)
    )
    assert (ended.returncode, ended.stdout) == (0, b"")
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert len(made) == 3, made
    assert set(made.values()) == {0o600}


@pytest.mark.parametrize("way", WAYS)
def test_in_a_public_directory_files_are_made_and_written_again(way, public):
    for _ in range(2):
        ended = run_swifttrace(*asked(way, public / "trace"), "-c", "x = 1")
        assert ended.returncode == 0, ended.stderr
    assert stat.S_IMODE((public / "trace").stat().st_mode) == 0o600
    assert (public / "trace").stat().st_size


# -- links -----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_dangling", [False, True])
def test_no_link_is_followed_in_a_public_directory(is_dangling, way, public, victim):
    target = victim.with_name("none") if is_dangling else victim
    (public / "trace").symlink_to(target)
    reason = "Too many levels of symbolic links" if way == "a log" else LINK
    assert_refused(way, public / "trace", victim, reason)
    assert not victim.with_name("none").exists()


@pytest.mark.parametrize("way", WAYS)
def test_nor_one_to_a_directory(way, public, tmp_path):
    (tmp_path / "private").mkdir()
    (public / "link").symlink_to(tmp_path / "private")
    assert_refused(way, public / "link" / "trace", None, LINK)
    # A private link that leads to a public one.
    (tmp_path / "to-link").symlink_to(public / "link")
    assert_refused(way, tmp_path / "to-link" / "trace", None, LINK)
    assert os.listdir(tmp_path / "private") == []


def test_a_child_s_file_is_no_link_either(public, victim, write):
    # Out of scope: the child opens its file with the first line that is not.
    helper = f"""\
import os
def fork():
    if (child := os.fork()) == 0:
        os.symlink({os.fspath(victim)!r}, f"{public}/trace.{{os.getpid()}}")
    return child
"""
    write("helper.py", helper)
    code = "import helper, os\nif helper.fork():\n    os.wait()\nelse:\n    x = 1\n"
    program = write("program.py", code)
    ended = run_swifttrace("-xx", "-o", public / "trace", program)
    assert (ended.returncode, ended.stdout) == (0, b"")
    said = f"swifttrace: trace stopped: cannot open: {public}/trace.PID: {LINK}\n"
    assert re.sub(r"trace\.\d+", "trace.PID", ended.stderr.decode()) == said
    assert victim.read_text() == "kept\n"


def test_a_python_child_s_file_is_no_link_either(public, victim):
    command = "import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'print(1)'])"
    environment = {"SWIFTTRACE": f"output={public}/trace-%p,nesting=0"}
    code = f"import os; os.symlink({os.fspath(victim)!r}, f'{public}/trace-{{os.getpid()}}'); {command}"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", code],
        env=clean_environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        output, said = running.communicate(timeout=TIMEOUT)
    assert output == b"1\n"
    assert said.startswith(b"swifttrace: SWIFTTRACE: ")
    assert LINK.encode() in said
    assert said.count(b"\n") == 1
    assert victim.read_text() == "kept\n"


def test_elsewhere_links_are_followed(victim, tmp_path):
    """As before: in `/var/log`, in one's own directories."""
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to(victim)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "directory").mkdir()
    (tmp_path / "below").symlink_to("directory/../directory/.")
    run_swifttrace("--no-banner", "-o", "one", "-c", "x = 1", cwd=tmp_path)
    assert victim.read_bytes() == b"+ x = 1\n"
    run_swifttrace("--no-banner", "-o", "below/new", "-c", "x = 1", cwd=tmp_path)
    assert (tmp_path / "directory" / "new").read_bytes() == b"+ x = 1\n"
    ended = run_swifttrace("-o", "loop", "-c", "x = 1", cwd=tmp_path)
    said = b"swifttrace: cannot write to loop: Too many levels of symbolic links\n"
    assert (ended.returncode, ended.stderr) == (2, said)


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="there is no /proc here")
@pytest.mark.parametrize("name", ["/dev/stdout", "/proc/self/fd/1"])
def test_the_kernel_s_own_links_are_followed(name, tmp_path):
    with open(tmp_path / "out", "w+b") as out:
        out.write(b"before\n")
        out.flush()
        ended = run_swifttrace("--no-banner", "-o", name, "-c", "x = 1", stdout=out)
    assert (ended.returncode, ended.stderr) == (0, b"")
    # It is the program's own: what is in it stays.
    assert (tmp_path / "out").read_bytes() == b"before\n+ x = 1\n"
    ended = run_swifttrace("--no-banner", "-o", name, "-c", "x = 1")
    assert (ended.returncode, ended.stdout) == (0, b"+ x = 1\n")


# -- what is there already -------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_file_with_a_second_name_is_not_written_to(way, public, victim):
    os.link(victim, public / "trace")
    assert_refused(way, public / "trace", victim, NOT_OWN)


@takes_root
@pytest.mark.parametrize("way", WAYS)
def test_another_user_s_file_is_not_written_to(way, public):
    planted = public / "trace"
    planted.write_text("kept\n")
    os.chown(planted, 65534, 65534)
    assert_refused(way, planted, planted, NOT_OWN)


OTHER = 65534


@pytest.fixture
def others(public):
    """Another user's directory, in one that everybody may write to."""
    directory = public / "theirs"
    directory.mkdir()
    os.chown(directory, OTHER, OTHER)
    directory.chmod(0o755)
    return directory


OTHERS_LINK = "a symbolic link in another user's directory"


@takes_root
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("owner", [0, OTHER])
def test_no_link_is_followed_in_a_directory_of_another_user_s(owner, way, others, victim):
    (others / "trace").symlink_to(victim)
    os.chown(others / "trace", owner, owner, follow_symlinks=False)
    reason = "Too many levels of symbolic links" if way == "a log" else OTHERS_LINK
    assert_refused(way, others / "trace", victim, reason)


@takes_root
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", ["before", "twice", "below"])
def test_nor_one_to_a_directory_on_the_way(place, way, others, victim, tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "trace").hardlink_to(victim)
    path = others / "link" / "trace"
    if place == "below":  # through a directory of root's
        (others / "roots").mkdir()
        (others / "link").symlink_to("roots/../../../private")
    else:
        (others / "link").symlink_to(tmp_path / "private")
    if place == "twice":
        (tmp_path / "own").symlink_to(others / "link")
        path = tmp_path / "own" / "trace"
    assert_refused(way, path, victim, OTHERS_LINK)


@takes_root
@pytest.mark.parametrize("way", WAYS)
def test_nor_is_a_file_that_has_got_a_second_name_there(way, others, victim):
    (others / "trace").hardlink_to(victim)
    reason = "a file with a second name, in another user's directory"
    assert_refused(way, others / "trace", victim, reason)


@takes_root
@pytest.mark.parametrize("way", WAYS)
def test_a_new_file_in_another_user_s_directory_is_ours(way, others):
    for _ in range(2):
        ended = run_swifttrace(*asked(way, others / "trace"), "-c", "x = 1")
        assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr
    status = (others / "trace").stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (0, 0o600)


@pytest.fixture
def for_all():
    """A directory that other users can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        yield Path(directory)


@takes_root
@pytest.mark.parametrize("owner", [0, OTHER])
def test_to_a_user_links_of_his_own_and_of_root_s_are_followed(owner, for_all):
    (for_all / "real").mkdir()
    (for_all / "link").symlink_to("real")
    for path in (for_all / "real", for_all)[: 2 if owner else 1]:
        os.chown(path, OTHER, OTHER)
    path = for_all / "link" / "trace"
    code = f"""\
import os, swifttrace.swifttrace as native
os.setegid({OTHER}); os.seteuid({OTHER})
os.close(native.open_output({os.fspath(path)!r}, os.O_WRONLY | os.O_CREAT))
"""
    ended = run_python("-c", code)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert path.stat().st_uid == OTHER
    path.unlink()
    ended = run_swifttrace("-o", path, "-c", "1")
    assert (OTHERS_LINK.encode() in ended.stderr) == (owner == OTHER)


@takes_root
@pytest.mark.parametrize("way", WAYS)
def test_another_user_s_fifo_is_not_waited_for(way, public):
    os.mkfifo(public / "trace", 0o666)
    os.chown(public / "trace", 65534, 65534)
    assert_refused(way, public / "trace", None, NOT_OWN)


@takes_root
def test_a_log_is_not_written_to_another_user_s_file_anywhere(victim, tmp_path):
    os.chown(victim, 65534, 65534)
    assert_refused("a log", victim, victim, "the file belongs to another user")


def test_one_s_own_fifo_is(public):
    os.mkfifo(public / "trace", 0o600)
    reader = os.open(public / "trace", os.O_RDONLY | os.O_NONBLOCK)
    ended = run_swifttrace("--no-banner", "-o", public / "trace", "-c", "x = 1")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert os.read(reader, 100) == b"+ x = 1\n"
    os.close(reader)


def test_in_a_program_it_is_an_error(public, victim):
    (public / "trace").symlink_to(victim)
    script = f"import swifttrace\nswifttrace.enable(output={os.fspath(public / 'trace')!r})\n"
    ended = run_python("-c", script)
    assert ended.returncode == 1
    last = ended.stderr.decode().splitlines()[-1]
    assert last == f"PermissionError: [Errno 13] {LINK}: '{public}/trace'"
    assert victim.read_text() == "kept\n"


@pytest.mark.parametrize("xdist", [(), ("-n", "1")])
def test_in_pytest_it_is_one_line(xdist, public, victim, write, tmp_path):
    if xdist:
        pytest.importorskip("xdist")
    write("test_one.py", "def test_one(): pass\n")
    name = "trace.gw0" if xdist else "trace"
    (public / name).symlink_to(victim.with_name("none"))
    ended = run_python(
        *("-m", "pytest", "-p", "no:cacheprovider", *xdist, "--swifttrace=1"),
        f"--swifttrace-output={public}/trace",
        cwd=tmp_path,
    )
    assert ended.returncode == 4
    assert LINK.encode() in ended.stderr
    assert not victim.with_name("none").exists()


# -- nothing else ----------------------------------------------------------------------------


def snapshot(directory):
    found = {}
    for path in [directory, *directory.rglob("*")]:
        status = path.lstat()
        times = () if path.is_dir() else (status.st_size, status.st_mtime_ns, status.st_mode)
        found[path.relative_to(directory).as_posix()] = times
    return found


WRITING = {
    "standard error": ((), set()),
    "a file": (("-o", "out/trace"), {"out/trace", "out/trace.PID"}),
    "a ring": (("--last", "9", "-o", "out/trace"), {"out/trace", "out/trace.PID"}),
    "a log": (("-ddd", "--debug-log", "out/log"), {"out/log", "out/log.PID"}),
    "everything else": (
        ("--values=repr", "--calls", "--color=always", "--watch", "x", "--show", "thread,task"),
        set(),
    ),
}
HELPED = """\
import helper, os, subprocess, sys
if not os.fork():
    x = 1
    os._exit(0)
os.wait()
subprocess.run([sys.executable, "-c", "x = 1"])
"""


@pytest.mark.parametrize("way", WRITING)
def test_nothing_is_written_but_what_was_named(way, write, tmp_path):
    options, expected = WRITING[way]
    write("work/program.py", HELPED)
    write("work/helper.py", "y = 1\n")
    for name in ("home", "tmp", "work/out"):
        (tmp_path / name).mkdir()
    environment = {name: os.fspath(tmp_path / "home") for name in ("HOME", "XDG_CACHE_HOME")}
    environment |= {"TMPDIR": os.fspath(tmp_path / "tmp")}
    work = tmp_path / "work"
    # With what Python itself leaves, __pycache__.
    assert run_python("program.py", cwd=work, env=environment).returncode == 0
    assert run_swifttrace("-c", "1", env=environment).returncode == 0
    before = snapshot(tmp_path)
    ended = run_swifttrace("-xxx", *options, "program.py", cwd=work, env=environment)
    assert ended.returncode == 0, ended.stderr[-500:]
    after = snapshot(tmp_path)
    changed = {name for name in after if after[name] != before.get(name)}
    numberless = {
        ".".join("PID" if part.isdecimal() else part for part in name.split("."))
        for name in changed
    }
    assert numberless == {f"work/{name}" for name in expected}
    assert set(before) <= set(after)


CALLS = re.compile(r"\b(openat|open|creat|socket|connect)\((.*)")
OPENED = re.compile(r'"((?:[^"\\]|\\.)*)", ([A-Z_|]+)')


def calls(directory, *arguments):
    """What a program opens to be written, and its calls for the network, by strace."""
    log = directory / "calls"
    traced = "trace=open,openat,creat,socket,connect"
    command = ["strace", "-f", "-qq", "-e", traced, "-o", log, sys.executable, *arguments]
    ended = subprocess.run(
        command,
        cwd=directory,
        env=clean_environment(),
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    if not log.exists() or b"ptrace" in ended.stderr:
        pytest.skip(f"strace cannot trace here: {ended.stderr[-200:]!r}")
    written, network = set(), set()
    for name, rest in CALLS.findall(log.read_text()):
        if name in ("socket", "connect"):
            network.add(rest)
        elif (found := OPENED.search(rest)) and re.search("O_WRONLY|O_RDWR|O_CREAT", found[2]):
            written.add(found[1])
    return written, network


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")
@pytest.mark.parametrize("way", WRITING)
def test_no_other_file_is_opened_to_be_written_and_no_connection(way, write, tmp_path):
    options, expected = WRITING[way]
    write("program.py", HELPED)
    write("helper.py", "y = 1\n")
    (tmp_path / "out").mkdir()
    calls(tmp_path, "program.py")  # which leaves __pycache__
    calls(tmp_path, "-m", "swifttrace", "-xxx", *options, "program.py")
    plain, _ = calls(tmp_path, "program.py")
    written, network = calls(tmp_path, "-m", "swifttrace", "-xxx", *options, "program.py")
    assert network == set()
    found = {re.sub(r"\d+", "PID", os.path.basename(name)) for name in written - plain}
    # Our own: the doorbell of the parent, which a child rings.
    allowed = {"PID"} if any("/proc/" in name for name in written) else set()
    assert found - allowed == {os.path.basename(name) for name in expected}
