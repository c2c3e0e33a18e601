"""Asking every thread of a Python 3.14 or later, and waking those that wait."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .ptrace import Refused, Thread
from .waiting import Callers, is_lock, wake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interpreter import Interpreter
    from .process import Memory
    from .remote_debugging import RemoteDebugging


def ask_all(
    interpreter: Interpreter,
    memory: Memory,
    remote: RemoteDebugging,
    script: bytes,
    may_stop: bool,
) -> None:
    """Ask every thread. While one is stopped, nothing of what is written is lost to it."""
    callers = Callers(interpreter, memory)
    numbers = interpreter.process.thread_numbers()
    for state in remote.threads():
        try:
            if not may_stop:
                raise Refused
            with Thread(numbers.get(state.number, 0)) as thread:
                remote.ask(state, script)
                wake(thread, callers)
        except Refused:
            remote.ask(state, script)


def all_wait_for_locks(interpreter: Interpreter, remote: RemoteDebugging) -> bool:
    """Whether no thread can run what it is asked for before somebody lets a lock go."""
    numbers = interpreter.process.thread_numbers()
    for state in remote.threads():
        try:
            with Thread(numbers.get(state.number, 0)) as thread:
                if not is_lock(thread.registers()):
                    return False
        except Refused:
            return False
    return True
