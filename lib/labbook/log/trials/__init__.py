"""Trials: a grid of configurations of one function, run or found, as one table."""

from labbook.log.trials.sweep import Trial, find, grid, run

__all__ = ["Trial", "find", "grid", "run"]
