"""Runs compared: where two of them part, and where failing ones part from passing ones."""
