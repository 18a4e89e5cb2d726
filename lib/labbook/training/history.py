"""The curves of a training as they grow, in a file that outlives its process."""

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path


class HistoryFile:
    """A file of what is new in each curve: a line of JSON, ``{name: [values]}``, for each ``add``.

    It begins anew with each training.

    Arguments:
        path: of the file; None for nowhere.
    """

    def __init__(self, path: str | Path | None):
        self._path = path
        self._written: dict[str, int] = {}
        self._write("w", "")

    @classmethod
    def of_trial(cls) -> "HistoryFile":
        """That of the trial that runs in this process; the log names it in ``$LABBOOK_HISTORY``."""
        return cls(os.environ.get("LABBOOK_HISTORY"))

    def add(self, history: Mapping[str, Sequence[float]]) -> None:
        """Write what the curves have gained since the last time."""
        new = {name: list(curve[self._written.get(name, 0) :]) for name, curve in history.items()}
        self._written = {name: len(curve) for name, curve in history.items()}
        self._write("a", json.dumps(new) + "\n")

    def _write(self, mode: str, text: str) -> None:
        # A full disk must not end a training for the sake of its curves.
        if self._path is not None:
            with contextlib.suppress(OSError), open(self._path, mode, encoding="utf-8") as file:
                file.write(text)
