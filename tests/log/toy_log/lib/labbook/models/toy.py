"""A toy."""

from . import parts


class Toy:
    """A toy network."""

    width = parts.width()  # a comment
