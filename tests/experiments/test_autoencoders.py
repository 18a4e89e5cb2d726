"""Trials of the autoencoders, on a few digits."""

import numpy as np
import pytest
import torch

from labbook.data import images
from labbook.experiments import autoencoders
from labbook.experiments.autoencoders import fit, train_conv, train_long, train_mixer, train_script
from labbook.models.autoencoder.mixer import MixerAutoencoder

RECIPE = {"dataset": "digits", "learning_rate": 0.001, "inputs": 640, "seed": 0}
MIXER = {
    "patch_size": 2,
    "channels": [16, 4],
    "mixer_at": [1],
    "mixer": "cnn",
    "kernel_size": 1,
    "revision": "activated",
}
TRIALS = {
    "mixer": (train_mixer, RECIPE | MIXER),
    "no mixer": (train_mixer, RECIPE | MIXER | {"mixer_at": []}),
    "bfloat16": (train_mixer, RECIPE | MIXER | {"dtype": "bfloat16"}),
    "convolutions": (train_conv, RECIPE | {"kernel_size": 3}),
    "script": (train_script, RECIPE | {"script": "ch=4|down2|ch=1"}),
    "long": (train_long, RECIPE | MIXER | {"period_inputs": 1280}),
    "long convolutions": (train_long, RECIPE | {"kernel_size": 3, "period_inputs": 1280}),
}


@pytest.fixture(scope="module")
def results():
    return {name: function(**configuration) for name, (function, configuration) in TRIALS.items()}


@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_reports_its_losses_and_eight_images(results, name) -> None:
    result = results[name]
    assert {"train_loss", "validation_loss", "best_validation_loss"} <= result["metrics"].keys()
    for name in ("originals", "reconstructions"):
        array = result["artifacts"][name]
        assert (array.shape, array.dtype) == ((8, 1, 8, 8), np.uint8)


@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_is_measured_on_images_for_validation(results, name) -> None:
    validation = images.load("digits", "validation").pixels[:8].numpy()
    assert np.array_equal(results[name]["artifacts"]["originals"], validation)


@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_trains_on_more_digits_than_it_sees(results, name) -> None:
    # Of the 1,500 to train with it sees 640; the 297 others would be seen twice and more.
    assert results[name]["history"]["validation_inputs"] == [640]


def test_the_seed_of_a_fit_orders_the_images() -> None:
    losses = []
    for seed in (0, 1):
        torch.manual_seed(0)
        model = MixerAutoencoder((1, 8, 8), 2, (4, 2))
        losses.append(fit(model, "digits", 0.001, 64, seed)["fingerprint"]["first_losses"])
    assert losses[0] != losses[1]


def test_products_in_bfloat16_train_a_network_that_is_float32(results) -> None:
    found, exact = results["bfloat16"], results["mixer"]
    assert found["dtype"] == "float32"
    assert found["artifacts"]["mixer_weights"].dtype == np.float32
    losses = [result["metrics"]["validation_loss"] for result in (found, exact)]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


def test_another_dtype_is_named() -> None:
    with pytest.raises(ValueError, match="float32, bfloat16, got 'float16'"):
        train_mixer(**RECIPE | MIXER | {"dtype": "float16"})


def test_a_mixer_keeps_its_weights(results) -> None:
    assert results["mixer"]["artifacts"]["mixer_weights"].shape == (16, 16, 1)
    assert "mixer_weights" not in results["no mixer"]["artifacts"]


def test_a_long_training_that_ends_with_its_period_is_a_plain_one(results) -> None:
    long = train_long(**RECIPE | MIXER | {"period_inputs": 640})
    assert long["history"]["train_loss"] == results["mixer"]["history"]["train_loss"]


def test_a_long_training_of_convolutions_that_ends_with_its_period_is_a_plain_one(results) -> None:
    long = train_long(**RECIPE | {"kernel_size": 3, "period_inputs": 640})
    assert long["metrics"] == results["convolutions"]["metrics"]


def test_a_longer_period_keeps_the_learning_rate_up(results) -> None:
    long = results["long"]["history"]["train_loss"]
    assert long[0] == results["mixer"]["history"]["train_loss"][0]
    assert long[-1] != results["mixer"]["history"]["train_loss"][-1]


def test_digest_of_the_data_follows_the_data_set() -> None:
    assert autoencoders.data_digest(RECIPE).startswith("sha256:")
    assert autoencoders.data_digest({"dataset": "mnist"}) != autoencoders.data_digest(RECIPE)
