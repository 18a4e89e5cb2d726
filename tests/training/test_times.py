"""Times of a training: what they count, and what they leave out."""

import time
from contextlib import contextmanager

import pytest
from tests.training.small_training import Examples, make_module, run

from labbook.training.checkpoints import Checkpoints
from labbook.training.loop import Recipe, train


def test_the_time_of_a_point_is_the_training_time_until_then():
    history = (report := run()[1])["history"]
    assert history["time_s"] == sorted(history["time_s"])
    assert 0 < history["time_s"][0] < history["time_s"][-1] <= report["training_time_s"]
    assert len(history["validation_time_s"]) == len(history["validation_inputs"])


def test_the_throughput_is_examples_over_training_time():
    report = run()[1]
    assert report["throughput"]["examples_per_s"] == 350 / report["training_time_s"]


def test_time_that_a_training_waits_is_no_cpu_time():
    throughput = run(pause_s=0.02)[1]["throughput"]  # a second in all
    assert throughput["examples_per_cpu_s"] > 2 * throughput["examples_per_s"]


class Stopwatch:
    """Adds up how long it is looked at, a tenth of a second at least each time."""

    def __init__(self):
        self.total_s = 0.0

    @contextmanager
    def look(self):
        begun = time.perf_counter()
        time.sleep(0.1)
        yield
        self.total_s += time.perf_counter() - begun


class Begun(Examples):
    """Notes when the first batch is asked for."""

    def batch(self, step):
        if step == 0:
            self.begun = time.perf_counter()
        return super().batch(step)


class TimedCheckpoints(Checkpoints):
    def save(self, step, state):
        with self.watch.look():
            return super().save(step, state)


@pytest.mark.parametrize("what", ("validation", "checkpoints"))
def test_validation_and_checkpoints_are_not_counted_as_training_time(what, tmp_path):
    watch, examples = Stopwatch(), Begun()
    checkpoints = TimedCheckpoints(tmp_path, every_s=0)
    checkpoints.watch = watch

    def validation(module):
        with watch.look():
            return {"loss": 1.0}

    one = {"validation": validation, "checkpoints": checkpoints}[what]
    report = train(make_module(), examples, Recipe(500, 0.01), **{what: one})
    elsewhere_s = time.perf_counter() - examples.begun - watch.total_s
    assert watch.total_s >= 1 and report["training_time_s"] < elsewhere_s + 0.5
