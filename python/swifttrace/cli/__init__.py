"""The command: its arguments, its help, `show`."""
