"""A log in a temporary folder, whose trials keep a journal of when they ran."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

# Some tests press Ctrl-C, which a shell has those ignore that it begins in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)

HERE = Path(__file__).parent
# What takes longest begins first, so that no worker is left with it at the end.
LONGEST = (
    "test_notebooks.py",
    "site",
    "commands/test_wheel.py",
    "commands/test_init.py",
    "log/runs",
    "lab",
    "commands",
    "escnn_support",
    "models/steerable",
    "experiments/connectors",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first; the tests of a file stay together, in their order."""

    def place(item: pytest.Item) -> int:
        below = (number for number, name in enumerate(LONGEST) if _below(item, name))
        return next(below, len(LONGEST))

    items.sort(key=place)


def _below(item: pytest.Item, name: str) -> bool:
    return item.path.is_relative_to(HERE / name)


@dataclass(frozen=True)
class TemporaryLog:
    """An empty log, which is the one that the code under test finds."""

    root: Path

    def folder(self, experiment: str) -> Path:
        """Where the local records of an experiment lie."""
        return self.root / "runs" / "records" / experiment

    def journal(self) -> list[str]:
        """What trials wrote into the file ``$JOURNAL``, word by word."""
        path = self.root / "journal"
        return path.read_text().split() if path.exists() else []

    def run_text(self, name: str, text: str, **variables: str) -> subprocess.CompletedProcess:
        """Run a notebook's text as a script, in a process of its own."""
        (self.root / "notebooks" / f"{name}.py").write_text(text)
        return subprocess.run(
            [sys.executable, f"notebooks/{name}.py"],
            cwd=self.root,
            env=os.environ | {"OMP_NUM_THREADS": "1"} | variables,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def assert_all_readable(self, experiment: str) -> None:
        """Every file of records holds whole JSON, and nothing temporary is left."""
        for path in filter(Path.is_file, self.folder(experiment).rglob("*")):
            kinds = (
                (".json", ".py")
                if path.parent.name == "code"
                else (".json", ".npz", ".safetensors")
            )
            assert path.suffix in kinds, f"{path.name} was left behind"
            if path.suffix == ".json":
                json.loads(path.read_text())


@dataclass(frozen=True)
class Child:
    """A child of this process, at work."""

    pid: int

    @classmethod
    def doing(cls, work: Callable[[], object]) -> "Child":
        """Begin ``work`` in a fork of this process."""
        if pid := os.fork():
            os.setpgid(pid, pid)
            return cls(pid)
        status = 1
        try:
            os.setpgid(0, 0)
            work()
            status = 0
        finally:
            os._exit(status)

    def killed_after(self, wait_s: float) -> None:
        """Kill it and all of its own children."""
        time.sleep(wait_s)
        os.killpg(self.pid, signal.SIGKILL)
        self.ended()

    def ended(self) -> int:
        """Wait for its end, and end what it left behind; returns its status.

        A process that is killed while it syncs a file outlives the signal for a moment.
        """
        status = os.waitpid(self.pid, 0)[1]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        while self._has_processes():
            time.sleep(0.001)
        return os.waitstatus_to_exitcode(status)

    def _has_processes(self) -> bool:
        """Whether any process of its group is left, other than as an entry that nobody read."""
        for pid in psutil.pids():
            with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getpgid(pid) == self.pid and _runs(pid):
                    return True
        return False


def _runs(pid: int) -> bool:
    return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TemporaryLog:
    """An empty log."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setenv("LABBOOK_ROOT", str(tmp_path))
    monkeypatch.setenv("JOURNAL", str(tmp_path / "journal"))
    for name in (
        "LABBOOK_EXPERIMENT",
        "LABBOOK_PROFILE",
        "LABBOOK_REFRESH",
        "JPY_SESSION_NAME",
        "LABBOOK_RUN_FOLDER",
    ):
        monkeypatch.delenv(name, raising=False)
    return TemporaryLog(tmp_path)


@pytest.fixture
def child() -> type[Child]:
    """Children of this process: ``child.doing(work)``."""
    return Child
