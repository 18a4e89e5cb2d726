"""A folder of records, and a disk that is soon full."""

import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.log.records.whole import a_record

from labbook.log.records.folder import write_record


@pytest.fixture
def folder(log) -> Path:
    """The folder of local records of ``toy``, with two good records in it."""
    (log.root / "notebooks" / "toy.py").write_text("# %%\n1 + 1\n")
    folder = log.folder("toy")
    folder.mkdir(parents=True)
    write_record(a_record(3), folder)
    write_record(a_record(4), folder)
    return folder


@pytest.fixture
def small_disk(log, monkeypatch):
    """The folder of records on a disk of 128 kB, which can be mounted otherwise."""
    folder = log.folder("bulky")
    folder.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(log.root))

    def mount(options: str) -> None:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, timeout=10
        )

    try:
        mount("size=128k")
    except (OSError, subprocess.SubprocessError):
        pytest.skip("this user may not mount a small disk")
    yield mount
    subprocess.run(["umount", folder], check=True, timeout=10)
