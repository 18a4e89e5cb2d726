"""What is told of an attempt whose process is gone, from its lock and what it had printed."""

from pathlib import Path

import pytest
from tests.log.records.whole import a_record

from labbook.log.records.files import log_path
from labbook.log.records.outcome import unfinished_attempt
from labbook.log.records.record import Record


def _attempt(folder: Path, printed: str) -> Record:
    begun = a_record(outcome="killed", metrics={}, history={})
    log_path(folder, begun.key).write_text(printed)
    holder = {"pid": 1, "host": "there", "timeout_s": 30.0, "submission": ""}
    return unfinished_attempt(folder, holder | {"record": begun.to_json()})


@pytest.mark.parametrize(
    ("printed", "outcome", "log_tail"),
    [
        ("Timeout (s): 30\nstep 1\n", "killed", "Timeout (s): 30\nstep 1\n"),
        ("Timeout (s): 30\nTimeout (30 s)!\nThread 0x1\n", "timeout", "Timeout (s): 30\n"),
        ("step 1Timeout (0:00:33)!\nThread 0x1\n", "timeout", "step 1"),
    ],
)
def test_an_attempt_was_out_of_time_only_where_its_worker_said_so(
    printed, outcome, log_tail, tmp_path
) -> None:
    attempt = _attempt(tmp_path, printed)
    assert (attempt.outcome, attempt.error["log_tail"]) == (outcome, log_tail)


DUMP = """\
Timeout (30 s)!
Thread 0x1 (most recent call first):
  File "/usr/lib/python3.12/threading.py", line 355 in wait
Thread 0x2 (most recent call first):
  File "/log/lib/mylib/steps.py", line 7 in step
  File "/log/lib/mylib/steps.py", line 3 in perform
  File "/log/lib/labbook/log/trials/attempt.py", line 9 in _called
  File "/log/lib/labbook/log/trials/attempt.py", line 5 in perform
"""


def test_the_place_of_a_trial_out_of_time_is_all_of_the_trials_own_frames(tmp_path) -> None:
    assert _attempt(tmp_path, DUMP).error["traceback"].splitlines() == [
        "Timeout (30 s)!",
        "0x2 (most recent call first):",
        *DUMP.splitlines()[4:6],
    ]
