"""The largest resident memory of a process: this one, another one, one that is gone."""

import os
import subprocess
import sys

import pytest

from labbook.log.processes.memory import forget_peak, peak_memory_bytes

MIB = 1 << 20


def test_memory_that_was_used_and_freed_counts() -> None:
    before = peak_memory_bytes()
    assert len(bytearray(before + 64 * MIB)) < peak_memory_bytes()


def test_another_process_is_asked_by_its_id() -> None:
    assert peak_memory_bytes(os.getppid()) > MIB


def test_a_process_that_is_gone_has_none() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert peak_memory_bytes(gone.pid) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forgets a peak")
def test_a_peak_that_is_forgotten_begins_anew() -> None:
    assert len(bytearray(peak_memory_bytes() + 64 * MIB))
    before = peak_memory_bytes()
    forget_peak()
    assert peak_memory_bytes() < before - 64 * MIB
