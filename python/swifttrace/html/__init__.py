"""The report of a recording that a browser shows."""
