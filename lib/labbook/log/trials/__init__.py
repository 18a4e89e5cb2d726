"""Trials: a grid of configurations of one function, run or found, as one table."""

from labbook.log.code import live
from labbook.log.trials.grids import grid
from labbook.log.trials.returned import arrays, curves
from labbook.log.trials.sweep import find, imported, run

live.watch()

__all__ = ["arrays", "curves", "find", "grid", "imported", "run"]
