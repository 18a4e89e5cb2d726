"""What a record tells of its trial beside what it holds."""

import pytest
from tests.log.records.whole import a_record


@pytest.mark.parametrize(
    ("fields", "spent_s"),
    [
        ({"cpu_time_s": 5.0, "throughput": {"examples_per_cpu_s": 10.0}}, 5.0),
        ({"cpu_time_s": None, "throughput": {"examples_per_cpu_s": 10.0}}, 20.0),
        ({"cpu_time_s": None, "throughput": {}}, None),
    ],
)
def test_cpu_time_of_a_resumed_trial_is_that_of_its_training(fields, spent_s):
    record = a_record(history={"inputs": [100, 200], "train_loss": [2.0, 1.0]}, **fields)
    assert record.spent_cpu_s == spent_s
