"""Shows the comparisons: one table, and each difference by its name."""

from __future__ import annotations

from comparison import Comparison, Difference
from explanations import Explanation


def table(comparisons: list[Comparison]) -> str:
    """Return modules by Pythons in Markdown: tests, explained and open differences."""
    versions = sorted({each.version for each in comparisons}, key=_number)
    cells = {(each.module.name, each.version): _cell(each) for each in comparisons}
    rows = [["", *versions], ["---", *["---:"] * len(versions)]]
    for name in dict.fromkeys(each.module.name for each in comparisons):
        rows.append([name, *(cells.get((name, version), "-") for version in versions)])
    rows.append(["all tests", *(str(_total(comparisons, version)) for version in versions)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _total(comparisons: list[Comparison], version: str) -> int:
    return sum(each.tests for each in comparisons if each.version == version)


def _cell(comparison: Comparison) -> str:
    explained = sum(each.explanation is not None for each in comparison.differences)
    unsteady = len(comparison.differences) - explained - len(comparison.open)
    parts = [str(comparison.tests)]
    parts += [f"{explained} explained"] * bool(explained)
    parts += [f"{unsteady} not steady"] * bool(unsteady)
    parts += [f"**{len(comparison.open)} DIFFERENT**"] * bool(comparison.open)
    return ", ".join(parts)


def differences(comparisons: list[Comparison]) -> str:
    """Return the list of them, the open ones last."""
    lines: list[str] = []
    for explanation in _explanations(comparisons):
        lines += ["", "Explained: " + explanation.reason.strip()]
        lines += _named(comparisons, lambda d, wanted=explanation: d.explanation is wanted)
    unsteady = _named(comparisons, lambda d: not d.is_steady and d.explanation is None)
    still_open = _named(comparisons, lambda d: d.is_open)
    lines += ["", "Not steady, in one traced run of two:", *unsteady] if unsteady else []
    lines += ["", "DIFFERENT, not explained:", *still_open] if still_open else []
    return "\n".join(lines + _unneeded(comparisons))


def _explanations(comparisons: list[Comparison]) -> list[Explanation]:
    found = [d.explanation for each in comparisons for d in each.differences if d.explanation]
    return list({id(each): each for each in found}.values())


def _named(comparisons: list[Comparison], is_wanted) -> list[str]:
    """A line for each test: its name, its outcomes, the Pythons."""
    pythons: dict[str, list[str]] = {}
    for each in comparisons:
        for difference in filter(is_wanted, each.differences):
            pythons.setdefault(_text(each, difference), []).append(each.version)
    return [f"- {text} ({', '.join(versions)})" for text, versions in pythons.items()]


def _text(comparison: Comparison, difference: Difference) -> str:
    return (
        f"{comparison.module.name}: {difference.test}: {difference.untraced} → {difference.traced}"
    )


def _unneeded(comparisons: list[Comparison]) -> list[str]:
    """What is explained on every Python that was run, and was on none of them."""
    used = _explanations(comparisons)
    found: dict[int, Explanation] = {}
    for each in comparisons:
        found.update((id(e), e) for e in each.unneeded if e not in used)
    lines = [f"- {e.module}: {', '.join(e.tests)}" for e in found.values()]
    return ["", "Explained and not seen:", *lines] if lines else []
