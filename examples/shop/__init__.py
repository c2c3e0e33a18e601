"""A small package of several modules: a shop's basket and its bill."""
