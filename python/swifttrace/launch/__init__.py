"""Runs a program as `python` would; starts a trace by the environment."""
