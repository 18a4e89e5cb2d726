"""The commands of labbook, called from JupyterLab's server in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

from tornado.web import HTTPError


def command(*arguments: str) -> list[str]:
    """The command line of a verb."""
    return [sys.executable, "-m", "labbook", *arguments]


def surroundings(root: Path) -> dict[str, str]:
    """The environment in which a verb works on the log at ``root``."""
    return os.environ | {"LABBOOK_ROOT": str(root)}


def call(root: Path, *arguments: str) -> str:
    """What a verb of labbook prints.

    Raises:
        HTTPError: it refused; JupyterLab shows the sentence.
    """
    done = subprocess.run(
        command(*arguments), env=surroundings(root), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise HTTPError(400, done.stderr.strip() or done.stdout.strip())
    return done.stdout
