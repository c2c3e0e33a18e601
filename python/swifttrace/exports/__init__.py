"""What other programs read of a recording."""
