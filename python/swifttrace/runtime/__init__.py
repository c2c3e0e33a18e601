"""What the rest runs on: our built-in names, our imports, the interpreter and its end."""
