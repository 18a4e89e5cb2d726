"""Swept parameters that changed nothing are told by name, and others are not."""

import dataclasses
import math

import pytest

from labbook.log import trials
from labbook.log.records.key import record_key
from labbook.log.records.record import Record
from labbook.log.trials.inert import inert_parameters


def losses(*values: object) -> list[float]:
    """Numbers that follow from the values, as the losses of a training would."""
    width, rate, seed = (float(hash(repr(v)) % 1000) for v in (*values, 0, 0, 0)[:3])
    return [math.sin(width + rate * step + seed) for step in range(1, 9)]


def network(width: int, activation: str, rate: float = 0.1, seed: int = 0) -> dict:
    """A training to which its activation was never passed on."""
    curve = losses(width, rate, seed)
    return {
        "metrics": {"loss": curve[-1], "epoch_time_s": len(activation) * 0.1},
        "history": {"loss": curve},
        "fingerprint": {"model": f"Linear({width})", "first_losses": curve[:3]},
    }


def longer(epochs: int) -> dict:
    """Epochs change neither the model nor the first losses, but there are more of them."""
    curve = [1 / (epoch + 1) for epoch in range(epochs)]
    return {
        "metrics": {"loss": curve[-1]},
        "history": {"loss": curve},
        "fingerprint": {"model": "m", "first_losses": curve[:2]},
    }


def unseeded(seed: int) -> dict:
    """A training that never used its seed; what is measured differs for another reason."""
    return {
        "metrics": {"loss": 0.1 * seed},
        "fingerprint": {"model": "m", "first_losses": [1.0, 0.9]},
    }


def late(decay: float) -> dict:
    """A parameter that acts after the first steps only."""
    return {
        "metrics": {"loss": decay},
        "history": {"loss": [1.0, 0.9, decay]},
        "fingerprint": {"model": "m", "first_losses": [1.0, 0.9]},
    }


def silent(width: int) -> dict:
    """Says nothing of its model."""
    return {"metrics": {"loss": 1.0}}


def inert_of(function, **axes: object) -> list[str]:
    return list(trials.run(function, trials.grid(**axes), experiment="t")["inert"])


def test_activation_that_was_never_passed_on_is_named(log) -> None:
    assert inert_of(network, width=[2, 4], activation=["relu", "gelu"]) == ["activation"] * 4


def test_parameters_that_reach_the_training_are_not_named(log) -> None:
    axes = {"width": [2, 4], "rate": [0.1, 0.2], "seed": [0, 1]}
    assert inert_of(network, activation="relu", **axes) == [""] * 8


def test_parameter_that_is_not_swept_is_not_named(log) -> None:
    assert inert_of(network, width=[2, 4], activation="relu") == ["", ""]


def test_longer_training_is_not_named(log) -> None:
    assert inert_of(longer, epochs=[5, 10]) == ["", ""]


def test_parameter_that_acts_late_is_not_named(log) -> None:
    assert inert_of(late, decay=[0.1, 0.2]) == ["", ""]


def test_seed_that_was_never_used_is_named(log) -> None:
    assert inert_of(unseeded, seed=[0, 1]) == ["seed", "seed"]


def test_trials_without_a_fingerprint_tell_nothing(log) -> None:
    assert inert_of(silent, width=[1, 2]) == ["", ""]


def gpu_record(activation: str, seed: int, loss: float) -> Record:
    configuration = {"activation": activation, "seed": seed}
    return Record(
        key=record_key("toy.train", configuration, ""),
        function="toy.train",
        experiment="toy",
        configuration=configuration,
        data_digest="",
        outcome="ok",
        start="2026-11-22T10:00:00.000000+00:00",
        end="2026-11-22T10:00:00.000000+00:00",
        metrics={"loss": loss},
        fingerprint={"model": "m", "first_losses": [1.0 + seed]},
        provenance={"device": "NVIDIA H200"},
    )


@pytest.mark.parametrize(("difference", "named"), [(0.01, True), (0.5, False)])
def test_on_a_gpu_the_spread_over_seeds_decides(difference: float, named: bool) -> None:
    records = [
        gpu_record("relu", 0, 1.0),
        gpu_record("relu", 1, 1.1),
        gpu_record("gelu", 0, 1.0 + difference),
        gpu_record("gelu", 1, 1.1 + difference),
    ]
    found = inert_parameters(records)
    assert all(("activation" in found.get(r.key, [])) == named for r in records)


def test_records_of_other_functions_or_data_are_not_compared() -> None:
    one = gpu_record("relu", 0, 1.0)
    other = dataclasses.replace(gpu_record("gelu", 0, 1.0), data_digest="other")
    assert inert_parameters([one, other]) == {}
