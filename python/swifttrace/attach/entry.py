"""The ways into a process, and which of them is taken."""

from __future__ import annotations

import contextlib
import os
from time import monotonic

from ..processes.interpreter import Interpreter
from ..processes.process import CannotAttach, Memory, NotAllowed
from ..processes.remote_debugging import OLDEST, RemoteDebugging
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..processes.process import Process
    from .request import Request

_AT_ONCE = 0.05
_SOON = 1.0
_AGAIN = 0.2


class Entry:
    """The way into one process."""

    def __init__(self, process: Process, say: Callable[[str], None]) -> None:
        """:param say: is told what the process waits for, where it does not answer.

        Raises `CannotAttach`.
        """
        self.process = process
        self._say = say
        self._interpreter = Interpreter(process)
        self._has_remote = self._interpreter.version >= OLDEST
        with Memory(process) as memory:
            if self._has_remote and not RemoteDebugging(self._interpreter, memory).is_enabled():
                raise NotAllowed(
                    f"process {process.pid} does not let itself be attached to: it was started with"
                    " PYTHON_DISABLE_REMOTE_DEBUG or -X disable-remote-debug"
                )
        self._check_state()

    def _check_state(self) -> None:
        from ..processes.ptrace import check_not_stopped, tracer_of

        status = self.process.status()
        self._tracer = tracer_of(status)
        if not self._tracer:
            check_not_stopped(self.process.pid, status)
        elif not self._has_remote:
            raise CannotAttach(
                f"process {self.process.pid} is traced by process {self._tracer}, as gdb and strace"
                " do: end that first"
            )

    def send(self, request: Request, patience: float | None = None) -> str:
        """Have the process do what is asked for; return its answer.

        :param patience: how long to wait, in seconds; None: until it ends.

        Raises `CannotAttach`.
        """
        with Memory(self.process) as memory:
            if not self._has_remote:
                self._inject(request, memory, patience)
                return self._await(request, memory, patience)
            remote = RemoteDebugging(self._interpreter, memory)
            try:
                return self._ask(request, memory, remote, patience)
            finally:
                with contextlib.suppress(CannotAttach):  # if the process has ended
                    request.running = remote.take_back(request.script())

    def _ask(
        self,
        request: Request,
        memory: Memory,
        remote: RemoteDebugging,
        patience: float | None,
    ) -> str:
        from ..processes.asking import all_wait_for_locks, ask_all

        def ask() -> None:
            # Another process that asks has its script take the place of ours.
            if not request.is_begun() and not remote.is_asked(request.script()):
                may_stop = not self._tracer
                ask_all(self._interpreter, memory, remote, request.script(), may_stop)

        ask()
        answer = request.answer(_AT_ONCE)
        if answer is not None:
            return answer
        if not self._tracer and all_wait_for_locks(self._interpreter, remote):
            self._inject(request, memory, patience)
        return self._await(request, memory, patience, ask)

    def _inject(self, request: Request, memory: Memory, patience: float | None) -> None:
        from ..processes.injection import Injection

        script = os.path.join(request.directory, "thread.py")
        text = f"with open({script!r}) as file: text = file.read()\nexec(text)"
        injection = Injection(self._interpreter, memory, request.library(), text)
        injection.run(patience, lambda: self._say_why(memory), request.drain)

    def _await(
        self,
        request: Request,
        memory: Memory,
        patience: float | None,
        ask_again: Callable[[], None] | None = None,
    ) -> str:
        end = None if patience is None else monotonic() + patience
        is_said = False
        answer = request.answer(_SOON)
        while answer is None:
            if self.process.is_over():
                raise CannotAttach(f"process {self.process.pid} has ended")
            if end is not None and monotonic() > end:
                raise CannotAttach(f"process {self.process.pid} does not answer")
            if not is_said:
                self._say_why(memory)
                is_said = True
            if ask_again is not None:
                ask_again()
            answer = request.answer(_AGAIN)
        return answer

    def _say_why(self, memory: Memory) -> None:
        from ..processes.waiting import what_it_waits_for

        if not self._tracer:
            found = what_it_waits_for(self._interpreter, memory, self.process.pid)
            self._say(f"process {self.process.pid} waits for {found or 'something in C code'}")
