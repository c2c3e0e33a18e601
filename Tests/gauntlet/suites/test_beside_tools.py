"""CPython's test_monitoring, beside a tool that is there already.

Each of its tests begins by asserting that no tool has any events on, and takes tool ids
that may be somebody's. Here they ask of their own ids only, and take those that PEP 669
keeps for coverage, profilers and optimizers; what they assert after that is unchanged.
"""

import sys

from test import test_monitoring
from test.test_monitoring import *  # noqa: F403

TOOLS = {"TEST_TOOL": 2, "TEST_TOOL2": 1, "TEST_TOOL3": 5}
OWN = sum(1 << tool for tool in TOOLS.values())
vars(test_monitoring).update(TOOLS)
all_events = sys.monitoring._all_events


def own_events():
    return {event: tools & OWN for event, tools in all_events().items() if tools & OWN}


def set_up(case):
    for tool in TOOLS.values():
        case.assertIsNone(sys.monitoring.get_tool(tool))  # noqa: PT009 (unittest runs it)
        sys.monitoring.use_tool_id(tool, case.id())


def tear_down(case):
    for tool in TOOLS.values():
        case.assertEqual(sys.monitoring.get_events(tool), 0)  # noqa: PT009
        sys.monitoring.free_tool_id(tool)


sys.monitoring._all_events = own_events
test_monitoring.MonitoringTestBase.setUp = set_up
test_monitoring.MonitoringTestBase.tearDown = tear_down
