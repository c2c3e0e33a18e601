"""Traces that are open, and which of them is in force."""
