"""Says what objects look like that have no built-in type. No code of the program's runs for it."""
