"""A run's folder belongs to one run, which those who look at it do not keep from it."""

import fcntl
import os
from threading import Timer

import pytest
from tests.log.records.whole import a_run

from labbook.log.records.run_record import LOCK, watched


def test_a_moment_of_looking_does_not_keep_a_run_from_its_folder(tmp_path):
    reader = os.open(tmp_path / LOCK, os.O_RDONLY | os.O_CREAT)
    fcntl.flock(reader, fcntl.LOCK_SH)
    looked = Timer(0.02, os.close, [reader])
    looked.start()
    with watched(a_run(), tmp_path):
        assert (tmp_path / LOCK).stat().st_size
    looked.join()


def test_a_run_that_goes_on_keeps_its_folder(tmp_path):
    with (
        watched(a_run(), tmp_path),
        pytest.raises(FileExistsError, match="is another run, which is going on"),
        watched(a_run(), tmp_path),
    ):
        pass
