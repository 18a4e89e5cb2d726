"""Runs that the real tools wrote, and a log that imports them."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner
from tests.log.tiny_log import make_log

from labbook.cli import main
from labbook.log.records.folder import read_records


def write(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess:
    """Run a script that logs with a tool, in a folder."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, cwd=folder, env=os.environ | variables, capture_output=True, text=True
    )


class ImportingLog:
    """A log with one experiment ``tiny``."""

    def __init__(self, root: Path):
        root.mkdir()
        self.root = make_log(root)

    def call(self, *arguments):
        variables = {"LABBOOK_ROOT": str(self.root)}
        return CliRunner(env=variables).invoke(main, list(map(str, arguments)))

    def records(self, experiment="tiny"):
        return read_records(experiment, root=self.root)

    def by_run(self, experiment="tiny"):
        return {record.configuration["run"]: record for record in self.records(experiment)}
