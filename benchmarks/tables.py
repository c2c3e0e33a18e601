"""Shows the results: as text, as Markdown, as JSON."""

import contestants
import instructions
import long_run
import start_up
from bounds import unmeasured, verdicts

NONE = "\N{EN DASH}"
INSTRUCTIONS_TITLE = "Instructions a line of the tight loop above the untraced one's (callgrind)"


class Table:
    """Rows of cells below a title."""

    def __init__(self, title, head):
        self.title = title
        self.rows = [head]

    def text(self):
        widths = [max(map(len, column)) for column in zip(*self.rows)]
        lines = ["  ".join(padded(row, widths)).rstrip() for row in self.rows]
        return "\n".join([self.title, "", *lines])

    def markdown(self):
        rule = ["---"] + ["---:"] * (len(self.rows[0]) - 1)
        rows = [self.rows[0], rule, *self.rows[1:]]
        lines = ["| " + " | ".join(cell.strip() for cell in row) + " |" for row in rows]
        return "\n".join([f"### {self.title}", "", *lines])


def padded(row, widths):
    """The names to the left, the figures to the right."""
    return [row[0].ljust(widths[0])] + [
        cell.rjust(width) for cell, width in zip(row[1:], widths[1:])
    ]


# -- the sections ------------------------------------------------------------------


def tables(contests):
    by_key = {key: [each for each in contests if each.key == key] for key in MAKERS}
    return [MAKERS[key](key, found) for key, found in by_key.items() if found]


def race_table(key, races):
    """A row for each contestant at each work, a column for each Python."""
    section = contestants.SECTIONS[key]
    table = Table(section.title, ["", *dict.fromkeys(each.environment.version for each in races)])
    for work in section.works:
        columns = [race.figures() for race in races if race.work == work]
        prefix = "" if len(section.works) == 1 else f"{work}: "
        if not section.is_whole:
            table.rows.append([f"{prefix}(the untraced line itself)", *untraced_cells(columns)])
        for name, contestant in section.contestants.items():
            cells = [CELLS[key](column.get(name)) for column in columns]
            table.rows.append([prefix + contestant.label, *cells])
    return table


def untraced_cells(columns):
    """By whichever contestant has measured it at full length."""
    return [
        aligned(next(iter(column.values()))["untraced"]) if column else NONE for column in columns
    ]


def x_hook(figure):
    return NONE if figure is None else aligned(figure["above"], figure["x hook"])


def x_untraced_and_line(figure):
    return NONE if figure is None else aligned(figure["above"], figure["x untraced"])


def x_untraced(figure):
    return NONE if figure is None else f"{figure['x untraced']:.3f}"


def aligned(nanoseconds, ratio=None):
    """The figures of a column below each other, with a ratio behind them or without."""
    behind = "" if ratio is None else f"{ratio:.2f}x"
    return f"{nanoseconds:,.1f} {behind:>8}"


def start_up_table(key, contests):
    title = "Start-up of a program of one line: ms above the untraced"
    table = Table(title, ["", *(each.environment.version for each in contests)])
    columns = [each.figures() for each in contests]
    for name, contestant in start_up.CONTESTANTS.items():
        which = "total" if name == start_up.UNTRACED else "above"
        cells = [f"{column[name][which]:.1f}" if name in column else NONE for column in columns]
        suffix = " (all of it)" if name == start_up.UNTRACED else ""
        table.rows.append([contestant.label + suffix, *cells])
    return table


def long_table(key, contests):
    table = Table(
        "The tight loop for long: ns a line above the untraced time; peak memory above it",
        ["", *(each.environment.version for each in contests)],
    )
    columns = [each.figures() for each in contests]
    for name, contestant in long_run.CONTESTANTS.items():
        if name != long_run.UNTRACED:
            table.rows += long_rows(contestant.label, [column.get(name) for column in columns])
    return table


def long_rows(label, figures):
    sizes = next((list(each["above"]) for each in figures if each), [])
    rows = [
        [f"{label}, {size:,} lines"]
        + [f"{each['above'][size]:.1f}" if each else NONE for each in figures]
        for size in sizes
    ]
    peaks = [f"{each['peak above'] / 1024:.1f} MB" if each else NONE for each in figures]
    return [*rows, [f"{label}, peak memory", *peaks]]


def instructions_table(key, contests):
    table = Table(INSTRUCTIONS_TITLE, ["", *(each.environment.version for each in contests)])
    columns = [each.figures() for each in contests]
    for name, contestant in instructions.CONTESTANTS.items():
        cells = [f"{column[name]['above']:.1f}" if name in column else NONE for column in columns]
        table.rows.append([contestant.label, *cells])
    return table


CELLS = {
    "applications": x_hook,
    "loop": x_hook,
    "code": x_hook,
    "programs": x_untraced_and_line,
    "library": x_untraced,
}
MAKERS = {
    **dict.fromkeys(contestants.SECTIONS, race_table),
    start_up.KEY: start_up_table,
    long_run.KEY: long_table,
    instructions.KEY: instructions_table,
}


def demands_table(found):
    versions = list(dict.fromkeys(verdict.version for verdict in found))
    table = Table("Demands", ["", "bound", *versions])
    for what in dict.fromkeys(verdict.what for verdict in found):
        by_version = {each.version: each for each in found if each.what == what}
        bounds = " / ".join(dict.fromkeys(each.bound for each in by_version.values()))
        cells = [verdict_cell(by_version.get(version)) for version in versions]
        table.rows.append([what, bounds, *cells])
    return table


def verdict_cell(verdict):
    if verdict is None:
        return ""
    if verdict.figure is None:
        return verdict.word
    digits = 0 if verdict.figure >= 100 else 1 if verdict.figure >= 10 else 3
    return f"{verdict.figure:.{digits}f} {verdict.word}"


# -- what stands below them --------------------------------------------------------


def notes(contests):
    """One line for each figure that is missing without being out of the question."""
    found = [
        f"{contest.environment.version}: {contest.contestants[name].label.strip()}: {why}"
        for contest in contests
        for name, why in contest.missing.items()
        if why
    ]
    found += [f"{each.what}: {each.section} was not run" for each in unmeasured(contests)]
    return list(dict.fromkeys(found))


def report(facts, contests, form):
    """Return everything as text or as Markdown."""
    parts = [getattr(table, form)() for table in tables(contests)]
    if found := verdicts(contests):
        parts.append(getattr(demands_table(found), form)())
    if missing := notes(contests):
        parts.append("\n".join(["Not measured", "", *(f"- {line}" for line in missing)]))
    parts.append(facts["text"])
    return "\n\n".join(parts) + "\n"


def as_json(facts, contests):
    return {
        "facts": facts,
        "figures": [
            {
                "section": contest.key,
                "work": getattr(contest, "work", None),
                "python": contest.environment.version,
                "contestants": contest.figures(),
            }
            for contest in contests
        ],
        "demands": [verdict.as_json() for verdict in verdicts(contests)],
        "missing": notes(contests),
    }
