"""The command line: ``labbook run``, ``status``, ``watch``, ``site``, ``lab`` and others.

Each command is a few lines over the rooms of the library, which are imported when it is
called: ``labbook --help`` answers at once.
"""

from labbook.cli import experiments, records, running
from labbook.cli.asking import main

__all__ = ["experiments", "main", "records", "running"]
