"""Shows the results: as text, as Markdown, as JSON."""

import contestants
from bounds import verdicts
from instructions import COUNTED
from rounds import TABLES

TITLES = {
    "in-scope": "Code in scope: ns a line above the untraced time, x empty hook",
    "out-of-scope": "Code out of scope: time of the whole run, x untraced",
}
INSTRUCTIONS_TITLE = "Instructions a line, the line's own included (callgrind)"


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


# -- the tables ----------------------------------------------------------------------


def tables(races, counts):
    made = [race_table(kind, [race for race in races if race.kind == kind]) for kind in TABLES]
    return made + ([instructions_table(counts)] if counts else [])


def race_table(kind, races):
    table = Table(TITLES[kind], ["", *(race.environment.version for race in races)])
    figures = [race.figures() for race in races]
    if kind == "in-scope":
        table.rows.append(["(the untraced line itself)", *map(untraced_cell, figures)])
    for name, contestant in TABLES[kind].items():
        cells = [CELLS[kind](each.get(name)) for each in figures]
        table.rows.append([contestant.label, *cells])
    return table


def untraced_cell(figures):
    return aligned(figures[contestants.UNTRACED]["untraced"])


def in_scope_cell(figure):
    if figure is None:
        return "-"
    return aligned(figure["above"], figure["ratio"])


def aligned(nanoseconds, ratio=None):
    """The figures of a column below each other, with a ratio behind them or without."""
    behind = "" if ratio is None else f"{ratio:.2f}x"
    return f"{nanoseconds:,.1f} {behind:>7}"


def out_of_scope_cell(figure):
    return "-" if figure is None else f"{figure['ratio']:.3f}"


CELLS = {"in-scope": in_scope_cell, "out-of-scope": out_of_scope_cell}


def instructions_table(counts):
    table = Table(INSTRUCTIONS_TITLE, ["", *counts])
    for name in COUNTED:
        cells = [f"{found[name]:.1f}" if name in found else "-" for found, _ in counts.values()]
        table.rows.append([contestants.IN_SCOPE[name].label, *cells])
    return table


# -- what stands below them ------------------------------------------------------------


def notes(races, counts):
    """One line for each figure that is missing without being out of the question."""
    found = [
        f"{race.environment.version}: {TABLES[race.kind][name].label.strip()}: {why}"
        for race in races
        for name, why in race.missing.items()
        if why
    ]
    found += [f"{version}: instructions: {why}" for version, (_, why) in counts.items() if why]
    return found


def report(facts, races, counts, form):
    """Return everything as text or as Markdown."""
    fence = ["```"] if form == "markdown" else []
    parts = [getattr(table, form)() for table in tables(races, counts)]
    bounds = ["Bounds", *map(str, verdicts(races))]
    parts.append("\n".join([*fence, *bounds, *fence]))
    if missing := notes(races, counts):
        parts.append("\n".join(["Not measured", "", *(f"- {line}" for line in missing)]))
    parts.append(facts["text"])
    return "\n\n".join(parts) + "\n"


def as_json(facts, races, counts):
    return {
        "facts": facts,
        "in-scope": figures_of("in-scope", races),
        "out-of-scope": figures_of("out-of-scope", races),
        "instructions": {version: found for version, (found, _) in counts.items()},
        "bounds": [verdict.as_json() for verdict in verdicts(races)],
        "missing": notes(races, counts),
    }


def figures_of(kind, races):
    return {race.environment.version: race.figures() for race in races if race.kind == kind}
