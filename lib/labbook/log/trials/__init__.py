"""Trials: a grid of configurations of one function, run or found, as one table."""

from labbook.log.trials.arrays import arrays
from labbook.log.trials.histories import curves
from labbook.log.trials.sweep import Trial, find, grid, imported, run

__all__ = ["Trial", "arrays", "curves", "find", "grid", "imported", "run"]
