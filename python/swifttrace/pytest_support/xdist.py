"""What the processes of pytest-xdist tell each other of the trace."""

from __future__ import annotations

import pytest

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEY = "swifttrace"
_ENDS_THE_RUN = "swifttrace_error"


class Workers:
    """The hooks of a run that has workers, or is one."""

    def __init__(self, config: pytest.Config, told: dict[str, Any], remarks: list[str]) -> None:
        """:param told: what workers are told.
        :param remarks: what the trace lacks, once the tests have run.
        """
        self.config, self.told, self.remarks = config, told, remarks

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker what it is to trace."""
        node.workerinput[_KEY] = self.told

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Tell the controller what the trace lacks."""
        if is_worker(self.config):
            self.config.workeroutput[_KEY] = self.remarks  # type: ignore[attr-defined]


def is_worker(config: pytest.Config) -> bool:
    """Whether it runs tests for a controller."""
    return hasattr(config, "workerinput")


def is_controller(config: pytest.Config) -> bool:
    """Whether it has others run the tests."""
    if is_worker(config):
        return False
    return getattr(config.option, "dist", "no") != "no" and bool(config.option.tx)


def runs_here(config: pytest.Config) -> bool:
    """Whether a controller's workers are on this machine."""
    return any("popen" in specification for specification in config.option.tx)


def end_run(config: pytest.Config, error: pytest.UsageError) -> None:
    """Have a bad use end the run: in a worker alone it would be an internal error."""
    if not is_worker(config):
        raise error
    config.workeroutput[_ENDS_THE_RUN] = str(error)  # type: ignore[attr-defined]
    pytest.exit(str(error), pytest.ExitCode.USAGE_ERROR)


def told_by(node: Any) -> list[str]:
    """Return what a worker's trace lacks. Raises `pytest.UsageError` for its bad use."""
    output = getattr(node, "workeroutput", {})
    if _ENDS_THE_RUN in output:
        raise pytest.UsageError(output[_ENDS_THE_RUN])
    return list(output.get(_KEY, ()))
