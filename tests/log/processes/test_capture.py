"""What a trial prints goes to its log for as long as the trial runs, and to no other file."""

import sys
from contextlib import ExitStack

import pytest

from labbook.log.processes.capture import captured


@pytest.mark.parametrize("in_worker", [False, True])
def test_a_stream_that_is_kept_writes_into_no_file_that_is_opened_later(
    tmp_path, capsys, in_worker
) -> None:
    with captured(tmp_path / "log", in_worker=in_worker):
        kept = sys.stderr  # as a handler of logging keeps it that is made in a trial
    with ExitStack() as stack:
        names = [tmp_path / f"{number}" for number in range(20)]
        for name in names:
            stack.enter_context(open(name, "wb"))
        kept.write("a line of logging")
    assert [name.read_bytes() for name in names] == [b""] * len(names)
    assert capsys.readouterr().err == "a line of logging"
