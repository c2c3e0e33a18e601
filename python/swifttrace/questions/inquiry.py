"""The questions that are asked of one run: begun with it, answered at its end."""

from __future__ import annotations

import atexit
import posix  # not `os`, whose functions the program may replace
import sys

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.interruptions import is_from_outside, modules
from . import audit, events
from .answer import Answer, Form, Tools, encoded
from .names import Target
from .places import Kept, Project
from .texts import Texts
from .twice import Imports
from .who import Who

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..config.settings import Settings
    from .engine import Engine

_FAILED = "sys.excepthook"
_OTHERS = "--all shows all, --lines N more"


class Inquiry:
    """All questions of one trace."""

    def __init__(
        self,
        settings: Settings,
        session: native.Session,
        nesting: int,
        roots: Iterable[str],
        scripts: Iterable[str] | None,
    ) -> None:
        self._settings = settings
        self._session = session
        self._project = Project(settings, roots, scripts)
        self.texts = Texts(settings.has_secrets)
        self._tools = Tools(self._project, self.texts)
        self._nesting = nesting
        self._write_at_once(settings.verbose)
        self._imports = Imports(self._project)
        self._engine = _new_engine(self.texts)
        self._questions = self._asked()
        self._is_on = self._is_answered = self._is_twice_said = False
        self.kept: native.Session | None = None
        """What keeps the last lines, if an answer says what ran before."""
        if settings.exceptions and self._engine.has_lines:
            self._tools.recent = self._engine.keep_lines(self._project)

    def keep_lines(self, session: native.Session) -> None:
        """Have the last lines kept, for answers that say what ran before."""
        self.kept = session
        session.silence()
        self._tools.recent = Kept(session)

    def _write_at_once(self, is_asked: bool) -> None:
        if is_asked:
            self._tools.form = Form(self._project, self.texts, self._nesting)
            self._tools.session = self._session

    def _asked(self) -> list[Any]:
        """Return the questions, and have the engine tell those that it knows the answer of."""
        settings, tools = self._settings, self._tools
        found: list[Any] = [events.asked(tools, text) for text in settings.on]
        found += [Who(tools, Target(text)) for text in settings.who]
        if settings.unpaired:
            from .unpaired import Unpaired

            found += [Unpaired(tools, text) for text in settings.unpaired]
        if settings.exceptions:
            from .exceptions import Exceptions

            name = settings.exceptions if isinstance(settings.exceptions, str) else ""
            found.append(Exceptions(tools, name))
        for question in found:
            self._connect(question)
        return found

    def _connect(self, question: Any) -> None:
        for target, listener in getattr(question, "watches", ()):
            self._engine.watch(target, listener)
        if hasattr(question, "raised"):
            self._engine.watch_exceptions(question)

    def start(self) -> None:
        """Begin. Raises `RuntimeError` where other tools leave no way."""
        if self._is_on:
            return
        for question in [self._imports, *self._questions]:
            question.start()
        if self._questions and not self._settings.json:
            audit.listen(_FAILED, self._failed)
        if self._engine.is_needed:
            self._engine.start()
        self._is_on = True
        atexit.register(self._at_exit)

    def stop(self) -> None:
        """End; what has been found so far stays."""
        if not self._is_on:
            return
        self._is_on = False
        if self._engine.is_needed:
            self._engine.stop()
        audit.ignore(_FAILED, self._failed)
        for question in [self._imports, *self._questions]:
            question.stop()

    def forked(self, nesting: int) -> None:
        """In a child that was forked: it answers for itself."""
        self._nesting = nesting
        self._write_at_once(self._settings.verbose)
        for question in self._questions:
            question.forget()
        util = modules().get("multiprocessing.util")
        if util is not None:  # Its workers end without a word to `atexit`.
            util.register_after_fork(self, Inquiry._in_worker)

    def _in_worker(self) -> None:
        """Answer as a worker of multiprocessing ends."""
        modules()["multiprocessing.util"].Finalize(None, self.answer, exitpriority=-1_000)

    def answer(self) -> None:
        """Write the answers, once."""
        self.stop()
        if self._is_answered:
            return
        self._is_answered = True
        atexit.unregister(self._at_exit)
        try:
            if self.kept is not None:
                self.kept.end()
            self._session.write(self._written())
        except Exception as error:
            if is_from_outside(error):
                raise

    def _failed(self, *_: object) -> None:
        """Say which files are two modules before the program's last traceback: it may be why."""
        twice = self._imports.told()
        if twice:
            self._is_twice_said = True
            self._session.write(encoded(f"# {each}" for each in twice))

    def _at_exit(self) -> None:
        """Answer, and have the file end with the answer, whatever signal ends the process."""
        self.answer()
        self._session.end()

    def _written(self) -> bytes:
        answers = [each.answer(self._most) for each in self._questions]
        twice = self._imports.told()
        if twice and answers and not self._is_twice_said:
            answers[-1].notes += twice
        if self._nesting > 1:
            answers = [each for each in answers if not each.is_empty]
        form = Form(self._project, self.texts, self._nesting)
        if self._settings.json:
            return encoded(_objects(form, answers))
        most = self._lines_each
        return encoded(
            line for each in answers for line in form.lines(self._of_process(each), most, _OTHERS)
        )

    @property
    def _lines_each(self) -> int:
        """How many lines an answer may have; 0: all."""
        lines: int = self._settings.lines
        return max(lines // max(len(self._questions), 1), 4) if lines else 0

    @property
    def _most(self) -> int:
        """How many records fit, of two lines each."""
        return (self._lines_each - 2) // 2 if self._lines_each else 1 << 30

    def _of_process(self, answer: Answer) -> Answer:
        """Say whose answer it is, in a child process."""
        if self._nesting > 1:
            answer.verdict = f"process {posix.getpid()}: {answer.verdict}"
        return answer


def _objects(form: Form, answers: Iterable[Answer]) -> Iterable[str]:
    """Yield what programs read: a verdict, then its records."""
    import json

    for answer in answers:
        yield json.dumps({"verdict": answer.verdict, "notes": answer.notes})
        for record in answer.records:
            yield json.dumps(form.data(record))


def _new_engine(texts: Texts) -> Engine:
    """Return the one that this Python has."""
    if hasattr(sys, "monitoring"):
        from .monitoring import Monitoring

        return Monitoring(texts)
    from .tracing import Tracing

    return Tracing(texts)
