"""JupyterLab as the place to work on a log: ``labbook lab``."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from labbook.lab.verbs import surroundings

EXTENSIONS = Path(__file__).parent / "extension"


def start(root: Path, args: Sequence[str]) -> NoReturn:
    """Become JupyterLab on a log: what ends or signals this process ends or signals the server.

    Double click opens ``notebooks/*.py`` as notebooks, with the outputs of their last run, and
    any other ``.py`` as text. A panel tells how the open experiment stands, and runs it. All of
    this is told on the command line of this one server: the user's own settings of Jupyter apply
    and are not touched.

    Arguments:
        root: the log's root; paths in JupyterLab are relative to it.
        args: more arguments of ``jupyter lab``, for instance ``["--no-browser"]``.
    """
    os.execve(sys.executable, command(root, args), surroundings(root))


def command(root: Path, args: Sequence[str]) -> list[str]:
    """The command line by which :func:`start` runs JupyterLab."""
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={root}",
        f"--FileContentsManager.preferred_dir={root / 'notebooks'}",
        "--ServerApp.contents_manager_class=labbook.lab.contents.LogFiles",
        f"--LabApp.extra_labextensions_path={EXTENSIONS}",
        "--ServerApp.jpserver_extensions=labbook.lab.panel=True",
        *args,
    ]
