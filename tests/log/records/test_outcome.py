"""What is told of an attempt whose process is gone, from its lock and what it had printed."""

import pytest
from tests.log.records.whole import a_record

from labbook.log.records.files import log_path
from labbook.log.records.outcome import unfinished_attempt


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
    begun = a_record(outcome="killed", metrics={}, history={})
    log_path(tmp_path, begun.key).write_text(printed)
    holder = {"pid": 1, "host": "there", "timeout_s": 30.0, "submission": ""}
    attempt = unfinished_attempt(tmp_path, holder | {"record": begun.to_json()})
    assert (attempt.outcome, attempt.error["log_tail"]) == (outcome, log_tail)
