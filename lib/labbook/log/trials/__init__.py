"""Trials: a grid of configurations of one function, run or found, as one table."""

from labbook.log.trials.sweep import Trial, arrays, curves, find, grid, run

__all__ = ["Trial", "arrays", "curves", "find", "grid", "run"]
