"""Marks short code, such as `--show-secrets`, so that no line is broken in it."""

from __future__ import annotations

from docutils import nodes

LONGEST = 24
"""Longer code may be broken: on a telephone some 40 characters have room."""
LONGEST_IN_TABLE = 14


def setup(app):
    """Have Sphinx mark the code of each page."""
    app.connect("doctree-resolved", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def mark(_app, tree, _page):
    """Add the class that style.css knows."""
    for literal in tree.findall(nodes.literal):
        longest = LONGEST_IN_TABLE if in_table(literal) else LONGEST
        if len(literal.astext()) <= longest:
            literal["classes"].append("whole")


def in_table(node) -> bool:
    """Whether it is part of a table's cell."""
    while node is not None and not isinstance(node, nodes.entry):
        node = node.parent
    return node is not None
