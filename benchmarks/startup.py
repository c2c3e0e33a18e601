"""What a start of the interpreter costs where swifttrace is installed and SWIFTTRACE is unset.

Three virtual environments of each Python: with nothing in it, with somebody else's startup
file that does next to nothing, and with ours. What the second costs is the interpreter's own
price for having such a file; only what is above it is ours.
"""

import os
import resource
import shutil
import statistics
import subprocess

from environments import FOREIGN_VARIABLES, ROOT, VENVS, run

FILES = ["swifttrace.pth", "swifttrace.start", "swifttrace_start.py"]
KINDS = ["nothing", "foreign", "ours"]
# In milliseconds.
BOUNDS = {".pth": 0.05, ".start": 0.2}

# Two startup files that are read before ours and after it, and tell how long it was.
BEFORE = "a_before"
AFTER = "z_after"
STAMPS = {
    BEFORE: "import sys, time; sys.before = time.process_time()",
    AFTER: "import sys, time; print((time.process_time() - sys.before) * 1000)",
}


class Startup:
    """The environments of one Python, and how often what is measured."""

    def __init__(self, environment, count):
        self.version = environment.version
        self.has_start_files = environment.numbers >= (3, 15)
        self.suffix = ".start" if self.has_start_files else ".pth"
        self.pythons = {kind: self.make(environment, kind) for kind in KINDS}
        self.count = count

    def make(self, environment, kind):
        directory = os.path.join(VENVS, f"startup-{self.version}-{kind}")
        command = [environment.interpreter, "-m", "venv", "--without-pip", "--clear", directory]
        run(command)
        python = os.path.join(directory, "bin", "python")
        packages = site_packages_of(python)
        if kind == "foreign":
            write(os.path.join(packages, "foreign.pth"), "# nothing\n")
            write(os.path.join(packages, "foreign.start"), "os:getpid\n")
        if kind == "ours":
            for name in FILES:
                shutil.copy(os.path.join(ROOT, "python", name), packages)
        return python

    # -- figures, in milliseconds ------------------------------------------------------

    def whole(self):
        """CPU time of a start of the interpreter, by the kind of environment: medians."""
        samples = {kind: [] for kind in KINDS}
        for _ in range(self.count):
            for kind in KINDS:  # in turns: what else the machine does hits all alike
                begin = cpu_time_of_children()
                self.run(kind, "-c", "pass")
                samples[kind].append((cpu_time_of_children() - begin) * 1000)
        return {kind: statistics.median(samples[kind]) for kind in KINDS}

    def parts(self):
        """CPU time that one more startup file costs, and what ours costs above it: medians.

        Taken where `site` comes to it, between two others: of one reading, as `site` reads
        each `.pth` file twice in a virtual environment.
        """
        for python in self.pythons.values():
            add_stamps(site_packages_of(python))
        samples = {kind: [] for kind in KINDS}
        for _ in range(self.count):
            for kind in KINDS:
                readings = self.run(kind, "-c", "pass").split()
                samples[kind].append(statistics.mean(map(float, readings)))
        nothing, foreign, ours = (statistics.median(samples[kind]) for kind in KINDS)
        return foreign - nothing, ours - foreign

    def imported(self):
        """The modules that are there with our files and not with none; and with others'."""
        program = "import sys; print(*sys.modules)"
        found = {kind: set(self.run(kind, "-c", program).split()) for kind in KINDS}
        return found["ours"] - found["nothing"], found["foreign"] - found["nothing"]

    def run(self, kind, *arguments):
        return subprocess.run(
            [self.pythons[kind], *arguments],
            env=clean_environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout


def site_packages_of(python):
    program = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return run([python, "-I", "-c", program]).strip()


def clean_environment():
    return {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN_VARIABLES)}


def add_stamps(packages):
    for name, line in STAMPS.items():
        write(os.path.join(packages, f"{name}.pth"), line + "\n")
        write(os.path.join(packages, f"{name}.start"), f"{name}:run\n")
        write(os.path.join(packages, f"{name}.py"), f"def run():\n    {line}\n")


def cpu_time_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


# -- what is printed -------------------------------------------------------------------


def report(startup):
    """Print the figures of one Python."""
    whole = startup.whole()
    imported, foreign = startup.imported()
    one_more, ours = startup.parts()
    bound = BOUNDS[startup.suffix]
    how = f"milliseconds of CPU time, medians of {startup.count}"
    print(f"Python {startup.version}, by {startup.suffix}; {how}")
    print(f"  ours           {ours:8.3f}  of {bound}: {'OK' if ours < bound else 'MISSED'}")
    print(f"  any such file  {one_more:8.3f}  where there is one already")
    for kind in KINDS:
        added = whole[kind] - whole["nothing"]
        print(f"  a whole start  {whole[kind]:8.3f}  {added:+.3f} with {label(startup, kind)}")
    print(f"  imported by us: {listed(imported - foreign)}")
    print(f"  imported by site for any such file: {listed(foreign)}")


def label(startup, kind):
    names = {"nothing": f"no {startup.suffix} file", "foreign": f"a {startup.suffix} of nobody's"}
    return names.get(kind, "ours")


def listed(modules):
    return " ".join(sorted(modules)) or "nothing"
