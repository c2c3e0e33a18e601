"""What runs in the other process first; its text is sent there, as the package may be missing.

It loads the package from where the attaching process has it, and hands over to `target`. The
work is done by a thread of its own: whatever the program's threads are in the middle of, locks,
a debugger, a deep recursion, does not matter to it. Imports nothing but built-in modules.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

SOON = 1e-5
"""So long a thread that wants the GIL waits until it asks for it, in seconds."""


def begin(request: "dict[str, Any]") -> None:
    """Do what is asked for once, though several threads may be told to."""
    import _thread

    if make(request, "begun"):
        # gevent has another one, whose threads are none.
        is_real = isinstance(_thread.start_new_thread, type(sys.exit))
        if request["is_own_thread"] or not is_real:
            work(request)
        else:
            _thread.start_new_thread(work, (request,))
    # Who waits for a thread of the program's to leave the script waits for this; the directory of
    # another one's request may be gone by now.
    if not request["is_own_thread"]:
        make(request, f"ran-{_thread.get_native_id()}")


def make(request: "dict[str, Any]", name: str) -> bool:
    """Leave a sign in the directory of the request; false if it is there already."""
    try:
        posix.mkdir(request["directory"] + "/" + name, 0o700)
    except OSError:
        return False
    return True


def work(request: "dict[str, Any]") -> None:
    """Do it, and answer. Raises nothing."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SOON)
    try:
        answer = perform(request)
    except BaseException as error:
        answer = f"error\n{type(error).__name__}: {error}"
    finally:
        if sys.getswitchinterval() == SOON:
            sys.setswitchinterval(before)
    reply(request["directory"], answer)


def perform(request: "dict[str, Any]") -> str:
    """Return the answer."""
    package = sys.modules.get("swifttrace")
    if package is None:
        if request["action"] == "end":
            return "error\nit is not traced"
        package = load(request["package"])
    version = getattr(package, "__version__", "?")
    if version != request["version"]:
        return f"error\nit has swifttrace {version} loaded, and this is {request['version']}"
    __import__("swifttrace.attach.target")
    answer: str = sys.modules["swifttrace.attach.target"].perform(request)
    return answer


def load(directory: str) -> "ModuleType":
    """Import the package from a directory that need not be in `sys.path`."""
    from _frozen_importlib import ModuleSpec, module_from_spec
    from _frozen_importlib_external import SourceFileLoader

    loader = SourceFileLoader("swifttrace", directory + "/__init__.py")
    spec = ModuleSpec("swifttrace", loader, origin=loader.path, is_package=True)
    spec.has_location, spec.submodule_search_locations = True, [directory]
    package = module_from_spec(spec)
    sys.modules["swifttrace"] = package
    try:
        loader.exec_module(package)
    except BaseException:
        del sys.modules["swifttrace"]
        raise
    return package


def reply(directory: str, answer: str) -> None:
    """Tell the process that attaches, if it is still there."""
    try:
        descriptor = posix.open(
            directory + "/reply", posix.O_WRONLY | posix.O_NONBLOCK | posix.O_CLOEXEC
        )
    except OSError:
        return
    try:
        posix.set_blocking(descriptor, True)
        data = answer.encode("utf-8", "backslashreplace")
        while data:
            data = data[posix.write(descriptor, data[:65536]) :]
    except OSError:
        pass
    posix.close(descriptor)
