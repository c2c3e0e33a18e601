"""Recordings: how they are shown, folded and counted."""
