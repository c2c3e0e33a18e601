"""A command that fails now and then: where failing runs part from passing ones."""
