"""The log of what the tracer and the program do."""
