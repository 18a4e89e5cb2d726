"""Checkpoints of a training in progress: atomic, checked, the last two kept."""

import hashlib
import io
import json
import os
import time
import warnings
from pathlib import Path

import torch

TAKEN = "LABBOOK_CHECKPOINTS_TAKEN"


class DamagedCheckpoint(ValueError):
    """No checkpoint in a folder can be trusted, though there are some."""


class Checkpoints:
    """A folder of checkpoints of one training.

    A checkpoint is one file, its name carrying the step and the digest of its bytes. It is
    written to a private name, flushed to the disk and renamed, so that it exists whole or not at
    all. The last two stay; should the newest be damaged, the one before is used, that is said, and
    the damaged one is set aside under another name.

    Arguments:
        folder: where the files lie; made when the first is written.
        every_s: seconds between two checkpoints.
    """

    KEEP = 2

    def __init__(self, folder: str | Path, every_s: float = 60.0):
        if every_s < 0:
            raise ValueError(f"every_s, the seconds between checkpoints, is {every_s}; 0 or more.")
        self.folder = Path(folder)
        self.every_s = every_s
        self._last = time.monotonic()

    @classmethod
    def of_trial(cls, name: str = "", every_s: float = 60.0) -> "Checkpoints | None":
        """Those of the trial that runs in this process; None where nobody keeps them.

        The log names the folder in ``$LABBOOK_CHECKPOINTS`` and removes it with a good record. In
        ``$LABBOOK_CHECKPOINTS_TAKEN`` it keeps, for one attempt, the names that were asked for.

        Arguments:
            name: of the training, where a trial has several: a folder within that of the trial.

        Raises:
            ValueError: a name that no folder can have, or that another training of this trial has.
        """
        if Path(name).name != name or name == "..":
            raise ValueError(f"{name!r} can't be the name of a folder; fold-1 can, for instance.")
        folder = os.environ.get("LABBOOK_CHECKPOINTS")
        if not folder:
            return None
        if taken := os.environ.get(TAKEN):
            names = json.loads(taken)
            if name in names:
                raise ValueError(
                    f"a training that this trial began before has the checkpoints {name!r}; give "
                    'each a name of its own, as in Checkpoints.of_trial("fold-1").'
                )
            os.environ[TAKEN] = json.dumps([*names, name])
        return cls(Path(folder, name), every_s)

    def due(self) -> bool:
        """Whether the interval has passed since the last checkpoint (or since the start)."""
        return time.monotonic() - self._last >= self.every_s

    def save(self, step: int, state: dict) -> Path:
        """Write the state of a training after ``step`` updates.

        Arguments:
            step: updates done.
            state: tensors and plain Python values, nested in dicts and lists.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        torch.save(state, buffer)
        content = buffer.getvalue()
        path = self.folder / f"step-{step:012d}-{_digest(content)}.pt"
        for left in self.folder.glob(".step-*"):  # by a process that was killed while it wrote
            left.unlink()
        private = self.folder / f".{path.name}"
        with open(private, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        private.rename(path)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        for old in self._files()[self.KEEP :]:
            old.unlink()
        self._last = time.monotonic()
        return path

    def load(self) -> dict | None:
        """The newest state that is whole, on the CPU; None when nothing was ever saved.

        Nothing in a file is executed: only tensors and plain values are read.

        Raises:
            DamagedCheckpoint: there are checkpoints, but none is whole. A training is never begun
                anew in silence; remove the folder to do so.
        """
        files = self._files()
        for number, path in enumerate(files):
            content = path.read_bytes()
            if path.stem.rpartition("-")[2] == _digest(content):
                for damaged in files[:number]:  # which would count among the newest that are kept
                    damaged.rename(f"{damaged}.damaged")
                return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
            warnings.warn(
                f"the checkpoint {path} is damaged (its {len(content)} bytes do not match the "
                "digest in its name); using the one before it.",
                stacklevel=2,
            )
        if files:
            raise DamagedCheckpoint(
                f"every checkpoint in {self.folder} is damaged "
                f"({', '.join(path.name for path in files)}); restore one, or remove the folder to "
                "train from the start."
            )
        return None

    def _files(self) -> list[Path]:
        """All checkpoints, the newest first."""
        return sorted(self.folder.glob("step-*.pt"), reverse=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
