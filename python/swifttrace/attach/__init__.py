"""Attaching to a process that runs: what the command does, and what runs in the other process."""
