"""The runs of a command that fails now and then, and what is said of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ..compare import runs
from ..compare.events import processes
from ..runtime.builtins import __builtins__ as __builtins__
from .knobs import Choice, Knob
from .streams import Stream, Tokens
from .verdict import Verdict
from .votes import Voting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_REPETITIONS = 2
_ENOUGH = 5
"""Of each kind, if not more than these are wanted."""


class CannotCompare(Exception):
    """There is nothing to compare; the message says why."""


class Trial:
    """One run: what it was run with, how it ended, what it did."""

    is_repeated: bool | None = None
    """Whether another run with the same settings ended alike; None: nobody has tried."""

    def __init__(self, number: int, knob: Knob, ended: runs.Ended) -> None:
        self.number = number
        self.knob = knob
        self.ended = ended
        self.fails = ended.status != 0


class Trials:
    """The runs of one command."""

    jobs = 1
    """How many run at a time."""
    until_both = False
    """Whether five of each kind are enough."""
    options: Sequence[str] = ()
    """What SWIFTTRACE says besides."""
    timeout: float = runs.TIMEOUT

    def __init__(self, command: runs.Command, choice: Choice) -> None:
        self.command = command
        self._choice = choice
        self.done: list[Trial] = []

    @property
    def failing(self) -> list[Trial]:
        """The runs that failed."""
        return [each for each in self.done if each.fails]

    @property
    def passing(self) -> list[Trial]:
        """The runs that passed."""
        return [each for each in self.done if not each.fails]

    def run(self, count: int, folder: runs.Folder) -> None:
        """Run the command, with a folder for each run. Raises `CannotRun` and `CannotCompare`."""
        self.done += self._all(count, folder)
        if not any(each.ended.has_traces for each in self.done):
            first = self.done[0].ended
            raise CannotCompare(f"nothing was traced of: {self.command.shown} ({first.told})")

    def _all(self, count: int, folder: runs.Folder) -> Iterator[Trial]:
        def run(number: int) -> Trial:
            return self._run(number, self._choice.of(number), folder.new(str(number)))

        failed = passed = 0
        with ThreadPoolExecutor(self.jobs) as pool:
            for start in range(0, count, self.jobs):
                for done in _together(pool, run, range(start, min(start + self.jobs, count))):
                    failed += done.fails
                    passed += not done.fails
                    yield done
                if self.until_both and min(failed, passed) >= _ENOUGH:
                    return

    def _run(self, number: int, knob: Knob, folder: str) -> Trial:
        options = (*self.options, *knob.told)
        ended = runs.run(self.command, folder, options, more=knob.variables, timeout=self.timeout)
        return Trial(number, knob, ended)

    def _repeats(self, failing: list[Trial], passing: list[Trial]) -> bool:
        """Whether what was set decides: the same settings fail again, and pass in no run."""
        settings = ({each.knob.told_short for each in side} for side in (failing, passing))
        if set.intersection(*settings):
            return False
        first = failing[0]
        with runs.Folder(None) as folder:
            return all(
                self._run(first.number, first.knob, folder.new(str(turn))).fails
                for turn in range(_REPETITIONS)
            )

    # -- what is said --

    def verdict(self) -> Verdict | None:
        """Return where the runs part; None if all ended alike. Raises `CannotCompare`."""
        failing, passing = self.failing, self.passing
        if not failing or not passing:
            return None
        failing[0].is_repeated = self._repeats(failing, passing)
        tokens = Tokens()
        ours, theirs = (
            [Stream(processes(each.ended.folder), tokens) for each in side if each.ended.has_traces]
            for side in (failing, passing)
        )
        if not ours or not theirs:
            raise CannotCompare("the runs of one kind have no trace")
        return Verdict(Voting(ours, theirs, tokens), tokens)

    def lines(self, verdict: Verdict | None) -> Iterator[str]:
        """Yield all that is said."""
        return self._one_kind() if verdict is None else verdict.lines(self._summary())

    def _one_kind(self) -> Iterator[str]:
        count, first = len(self.done), self.done[0]
        if not first.fails:
            yield f"# never failed in {count} runs: {self.command.shown}"
            yield f"~ tried: {_range(self.done)}{self.command.hint}"
            return
        yield f"# always failed in {count} runs, so there is no passing run to compare with"
        yield f"~ run 1 {first.ended.told}: {self.command.shown}"
        yield from self._last_words(first)

    def _summary(self) -> list[str]:
        failing, passing = self.failing, self.passing
        first = failing[0]
        (name, value), repeat = first.knob.told_short, first.knob.repeat(self.command.shown)
        settings = [
            f"~ fails with {_range(failing)}",
            f"~ passes with {_range(passing)}",
            f"~ to repeat a failing run: {repeat}",
        ]
        if not first.is_repeated:
            settings = [
                f"~ {name} does not decide: with {name}={value} it fails in some runs and passes in"
                " others, as with threads, time or random numbers"
            ]
        return [
            f"fails in {len(failing)} of {len(failing) + len(passing)} runs",
            *settings,
            f"~ it {first.ended.told}",
            *self._last_words(first),
        ]

    def _last_words(self, trial: Trial) -> Iterator[str]:
        """Yield the line that a run printed and that says how it ended."""
        lines = trial.ended.output().decode("utf-8", "replace").rstrip().splitlines()
        if lines:
            said = self.command.last_words(lines)[:200]
            yield f"~ the last line that it printed: {said!r}"


def _together(
    pool: ThreadPoolExecutor, run: Callable[[int], Trial], numbers: Iterable[int]
) -> list[Trial]:
    """Run some at once. If we are interrupted, they are ended."""
    try:
        return list(pool.map(run, numbers))
    except BaseException:
        runs.end_all()
        raise


def _range(side: list[Trial]) -> str:
    told = dict.fromkeys(each.knob.told_short for each in side)
    words: dict[str, list[str]] = {}
    for name, value in told:
        words.setdefault(name, []).append(value)
    return ", ".join(f"{name}={_some(values)}" for name, values in words.items())


def _some(values: list[str]) -> str:
    shown = " ".join(values[:12])
    return shown if len(values) <= 12 else f"{shown} …"
