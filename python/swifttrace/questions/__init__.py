"""Questions that a run answers at its end: who did it, who calls it, what was never undone."""
