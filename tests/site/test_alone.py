"""Two builds of a site at once, one that was killed, and a disk that is full."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import small_log
from conftest import render
from test_broken import notebook, write_run

BUILD = "import sys; from labbook.site.build import build; sys.exit(build(sys.argv[1]))"


@pytest.fixture
def root(tmp_path):
    """A log of four experiments."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "notebooks").mkdir()
    for name in ("conf.py", "docs/references.bib", "docs/references.rst"):
        shutil.copy(small_log.REPOSITORY / name, tmp_path / name)
    (tmp_path / "index.rst").write_text(
        "Log\n===\n\n.. experiments::\n\n.. toctree::\n\n   docs/references\n"
    )
    for number in range(1, 5):
        path = tmp_path / "notebooks" / f"question_{number}.py"
        path.write_text(notebook(number, f"Question {number}"))
        write_run(path.with_suffix(".ipynb"), f"Question {number}", [])
    return tmp_path


def begin(root) -> subprocess.Popen:
    command = [sys.executable, "-c", BUILD, str(root)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_second_build_waits_for_the_first(root):
    both = [begin(root), begin(root)]
    said = [process.communicate(timeout=200) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("being rendered by another process: waiting" in err for _, err in said) == 1
    assert sum("Nothing has changed" in out for out, _ in said) == 1


@pytest.mark.parametrize("at", ["doctrees/index.doctree", "html/index.html"])
def test_build_after_a_killed_one_is_whole(root, at):
    process = begin(root)
    until = time.monotonic() + 100
    while not (root / "_build" / at).exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    done = render(root)
    assert done.returncode == 0, done.stdout + done.stderr
    index = (root / "_build" / "html" / "searchindex.js").read_text()
    assert all(f"question_{number}" in index for number in range(1, 5))
    assert not (root / "_build" / "site.lock").exists()


def test_full_disk_is_one_sentence(root):
    (root / "_build").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(root / "_build")]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        done = render(root)
    finally:
        subprocess.run(["umount", str(root / "_build")], check=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "the disk is full" in done.stderr
