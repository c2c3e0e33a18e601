"""What a contestant is. What it needs is imported where it is used, in the interpreter
that is measured.
"""

OLDEST = (3, 11)
HAS_MONITORING = (3, 12)


class Contestant:
    """One row of a table.

    attach(work, output) switches it on and returns what switches it off.
    prints: the lines have to be in `output` afterwards. everything: it prints those of
    any module, not the work's alone. share: of the turns of a native one, so that a slow
    one takes no longer. needs: without what there is no such row.
    """

    def __init__(
        self, label, attach, prints=False, everything=False, share=1, needs=None, since=OLDEST
    ):
        self.label = label
        self.attach = attach
        self.prints = prints
        self.everything = everything
        self.share = share
        self.needs = needs
        self.since = since


class Writing(Contestant):
    """No tracer, but what its output alone costs."""

    def __init__(self, label, write, share=1):
        super().__init__(label, None, share=share, needs="hook")
        self.write = write


class Shell(Contestant):
    """The same work in bash, by `bash -x`."""

    def __init__(self, label, script, share):
        super().__init__(label, None, share=share, needs="bash")
        self.script = script
