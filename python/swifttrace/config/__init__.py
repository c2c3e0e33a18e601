"""What may be asked for: the table of options, their checks, SWIFTTRACE."""
