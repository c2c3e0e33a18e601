"""What is shown besides the lines: values, calls, watched expressions, colours."""
