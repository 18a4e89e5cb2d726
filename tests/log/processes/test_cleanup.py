"""What is watched goes with the process that watched it, however that ends."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

PARENT = """
    import os, signal, subprocess, sys, time
    from pathlib import Path
    from labbook.log.processes import cleanup

    kept, watched = Path(sys.argv[1], "kept"), Path(sys.argv[1], "watched")
    for folder in (kept, watched):
        (folder / "inside").mkdir(parents=True)
        cleanup.watch(folder)
    cleanup.forget(kept)
    if "lost" in sys.argv:
        os.kill(cleanup._watcher.pid, signal.SIGKILL)
        cleanup._watcher.wait()
    child = subprocess.Popen(
        ["sleep", "1000"], start_new_session=True, stdout=subprocess.DEVNULL
    )
    cleanup.watch(child.pid)
    print(child.pid, flush=True)
    sys.stdin.readline()
"""


class Parent:
    """A process that watches a folder and a group."""

    def __init__(self, folder: Path, *arguments: str):
        command = [sys.executable, "-c", textwrap.dedent(PARENT), folder, *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.child = psutil.Process(int(self.process.stdout.readline()))

    def ended_by(self, number: int) -> None:
        """End it by a signal, or in good order by 0, and wait for what ends with it."""
        family = psutil.Process(self.process.pid).children()  # the watcher is among them
        if number:
            self.process.send_signal(number)
        self.process.communicate()
        assert psutil.wait_procs([self.child, *family], timeout=60)[1] == []


WAYS = pytest.mark.parametrize("number", [0, signal.SIGKILL, signal.SIGTERM])


@WAYS
def test_watched_folder_goes(tmp_path, number: int) -> None:
    Parent(tmp_path).ended_by(number)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@WAYS
def test_watched_group_ends(tmp_path, number: int) -> None:
    parent = Parent(tmp_path)
    parent.ended_by(number)
    assert not parent.child.is_running()


def test_watcher_that_was_killed_is_replaced_with_all_it_knew_and_was_not_to_forget(
    tmp_path,
) -> None:
    parent = Parent(tmp_path, "lost")
    parent.ended_by(signal.SIGKILL)
    assert not parent.child.is_running()
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_watcher_ends_too(tmp_path) -> None:
    parent = Parent(tmp_path)
    family = psutil.Process(parent.process.pid).children()
    parent.ended_by(signal.SIGKILL)
    assert len(family) > 1 and not any(process.is_running() for process in family)


FORK = """
    import os, sys
    from pathlib import Path
    from labbook.log.processes import cleanup

    for name in ("parents", "forks"):
        Path(sys.argv[1], name).mkdir()
    cleanup.watch(Path(sys.argv[1], "parents"))
    if child := os.fork():
        os.waitpid(child, 0)
        print(*os.listdir(sys.argv[1]))
    else:
        cleanup.watch(Path(sys.argv[1], "forks"))
"""


def test_with_a_fork_goes_what_it_watches_itself_and_nothing_of_its_parents(tmp_path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(FORK), tmp_path]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "parents\n"
    assert list(tmp_path.iterdir()) == []
