"""The native library that a process loads to be attached to; nothing imports it."""
