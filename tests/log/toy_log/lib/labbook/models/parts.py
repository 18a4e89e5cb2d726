def width():
    """A width."""
    from labbook.training import units

    return units.ONE * 8
