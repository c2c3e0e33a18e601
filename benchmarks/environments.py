"""Sets up what is measured: for each Python a virtual environment of its own.

All of it lies in .venvs/ of the repository: bench-3.N, and bench-tools with the pip
that installs into the others. Delete them to have them made again.
"""

import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENVS = os.path.join(ROOT, ".venvs")
HOOK_SOURCE = os.path.join(ROOT, "benchmarks", "hook.c")
# Pinned: figures of two runs are to differ by what changed here.
PEERS = {
    "hunter": "hunter==3.9.0",
    "PySnooper": "PySnooper==1.2.3",
    "snoop": "snoop==0.6.1",
    "coverage": "coverage==7.17.3",
    "viztracer": "viztracer==1.1.1",
    "pyperformance": "pyperformance==1.14.0",
    "pygments": "pygments==2.21.0",
    "flask": "flask==3.1.3",
    "isort": "isort==9.0.2",
}
# What would change how the measured Pythons run.
FOREIGN_VARIABLES = ("PYTHON", "COVERAGE", "SWIFTTRACE")


class SetupError(Exception):
    """An environment cannot be made; the message says why."""


class Environment:
    """One Python to measure with, and what it has."""

    def __init__(self, version, interpreter):
        self.version = version
        self.interpreter = interpreter
        self.directory = os.path.join(VENVS, "bench-" + version)
        self.python = os.path.join(self.directory, "bin", "python")
        self.plain_directory = os.path.join(VENVS, "bench-plain-" + version)
        """With swifttrace alone: peers import things at each start of the interpreter."""
        self.plain_python = os.path.join(self.plain_directory, "bin", "python")
        self.missing = {}
        """Why what some contestants need is not there."""

    @property
    def numbers(self):
        return tuple(map(int, self.version.split(".")))

    def ask(self, expression):
        """The value of an expression in this Python, as text."""
        program = f"import os, platform, sys, sysconfig; print({expression})"
        return run([self.python, "-I", "-c", program]).strip()


# -- which Pythons -----------------------------------------------------------------


def find_environments(versions):
    """Return an environment for each version; for all there are if none is named."""
    # What is there already may do: nothing is brought that was not asked for.
    found = ask_pythons("--no-fetch", stderr=subprocess.DEVNULL) if versions else ask_pythons()
    if not set(versions) <= {each.version for each in found}:
        found = ask_pythons()
    lacking = set(versions) - {each.version for each in found}
    if lacking or not found:
        raise SetupError(f"scripts/pythons has no Python {', '.join(sorted(lacking))}".strip())
    return [each for each in found if not versions or each.version in versions]


def ask_pythons(*options, stderr=None):
    command = [os.path.join(ROOT, "scripts", "pythons"), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, check=True)
    return [Environment(*line.split(" ", 1)) for line in done.stdout.splitlines()]


# -- what is in them ---------------------------------------------------------------


def set_up(environments, wheel=None, with_peers=True):
    """Make the environments, with swifttrace, the empty hooks and the peers in them."""
    pip = make_tools([each.interpreter for each in environments])
    for environment in environments:
        make_venv(environment, environment.directory)
        make_venv(environment, environment.plain_directory)
    wheel = wheel or build_wheel()
    for environment in environments:
        say(f"setting up {environment.version}")
        for python in (environment.python, environment.plain_python):
            install(pip, python, "--no-deps", "--force-reinstall", wheel)
        build_hook(environment)
        if with_peers:
            install_peers(pip, environment)
        look_for_more(environment)


def look_for_more(environment):
    """Note what cannot be installed and is not there."""
    if shutil.which("bash") is None:
        environment.missing["bash"] = "bash is not here"
    asked = "'last' in __import__('inspect').signature(__import__('swifttrace').enable).parameters"
    if environment.ask(asked) != "True":
        environment.missing["ring"] = "this swifttrace has no ring"


def make_tools(interpreters):
    """Return the command of a current pip: some Pythons come without, or with an old one."""
    directory = os.path.join(VENVS, "bench-tools")
    pip = [os.path.join(directory, "bin", "python"), "-m", "pip"]
    if succeeds([*pip, "--version"]):
        return pip
    for interpreter in [sys.executable, *interpreters]:
        if succeeds([interpreter, "-m", "venv", "--clear", directory]):
            run([*pip, "install", "--quiet", "--upgrade", "pip"])
            return pip
    raise SetupError("no Python here can make a virtual environment with pip")


def make_venv(environment, directory):
    """Make it unless it is there, from the very interpreter that is there now."""
    stamp = os.path.join(directory, "made-from")
    wanted = run([environment.interpreter, "-c", "import sys; print(sys.executable, sys.version)"])
    if read(stamp) != wanted:
        options = ["--without-pip", "--clear"]
        run([environment.interpreter, "-m", "venv", *options, directory])
        write(stamp, wanted)


def build_wheel():
    """Return the path of the one that scripts/test has made, or of a new one."""
    say("swifttrace's wheel")
    return run(["bash", "-c", ". scripts/common; wheel"], cwd=ROOT).split()[-1]


def install(pip, python, *what):
    run([*pip, "--python", python, "install", "--quiet", *what])


def build_hook(environment):
    """Compile hook.c; without a compiler there are times, and nothing to compare with."""
    directory = environment.ask("sysconfig.get_path('platlib')")
    suffix = environment.ask("sysconfig.get_config_var('EXT_SUFFIX')")
    target = os.path.join(directory, "bench_hook" + suffix)
    try:
        run([*compiler(environment), HOOK_SOURCE, "-o", target])
    except SetupError as error:
        environment.missing["hook"] = f"hook.c: {error}"


def compiler(environment):
    """Return the command that makes an extension module for this Python."""
    is_mac = sys.platform == "darwin"
    shared = ["-bundle", "-undefined", "dynamic_lookup"] if is_mac else ["-shared"]
    include = environment.ask("sysconfig.get_path('include')")
    return [*os.environ.get("CC", "cc").split(), *shared, "-fPIC", "-O3", "-I" + include]


def install_peers(pip, environment):
    for name, requirement in PEERS.items():
        why = install_peer(pip, environment, requirement)
        if why:
            environment.missing[name] = f"{requirement}: {why}"


def install_peer(pip, environment, requirement):
    """Return why it cannot be had, or nothing. It is tried once for an environment."""
    stamp = os.path.join(environment.directory, "tried-" + requirement)
    why = read(stamp)
    if why is None:
        say(f"installing {requirement} for {environment.version}")
        why = ""
        try:
            install(pip, environment.python, "--prefer-binary", requirement)
        except SetupError as error:
            why = str(error)
        write(stamp, why)
    return why


# -- running things ----------------------------------------------------------------


def clean_variables():
    return {
        name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_VARIABLES)
    } | {"PYTHONHASHSEED": "0"}


def run(command, **options):
    """Return the command's output. Raises `SetupError` with the line that says why."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=clean_variables(), **options
        )
    except OSError as error:
        raise SetupError(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        raise SetupError(reason(done))
    return done.stdout


def reason(done):
    """The first line of stderr that names an error, else the last one."""
    lines = done.stderr.strip().splitlines()
    named = [line for line in lines if "error:" in line.lower()]
    fallback = [f"exit status {done.returncode}"]
    return (named or lines[-1:] or fallback)[0].strip()


def succeeds(command):
    try:
        run(command)
    except SetupError:
        return False
    return True


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def say(text):
    """Progress: not part of the result."""
    print(f"scripts/bench: {text}", file=sys.stderr, flush=True)
