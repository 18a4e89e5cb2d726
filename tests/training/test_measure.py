"""What a module costs, and when two modules have the same form."""

import pytest
import torch
from torch import nn

from labbook.models.autoencoder.mixer import MixerAutoencoder
from labbook.training.measure import (
    count_flops,
    count_parameters,
    fingerprint,
    peak_memory_bytes,
)

ARGUMENTS = {"image_shape": (1, 8, 8), "patch_size": 2, "channels": (16, 9), "mixer_at": (1,)}


def test_a_linear_layer_has_its_weights_and_biases():
    assert count_parameters(nn.Linear(5, 3)) == 18


def test_a_frozen_parameter_does_not_count():
    layer = nn.Linear(5, 3)
    layer.bias.requires_grad_(False)
    assert count_parameters(layer) == 15


def test_a_shared_parameter_counts_once():
    layer = nn.Linear(5, 5)
    assert count_parameters(nn.Sequential(layer, nn.ReLU(), layer)) == 30


def test_buffers_do_not_count():
    assert count_parameters(nn.BatchNorm1d(4)) == 8


def test_a_multiply_add_counts_as_two_operations():
    layer, batch = nn.Linear(5, 3), torch.ones(7, 5)
    assert count_flops(lambda: layer(batch)) == 2 * 7 * 5 * 3


def test_operations_backwards_count_too():
    layer, batch = nn.Linear(5, 3), torch.ones(7, 5)
    assert count_flops(lambda: layer(batch).sum().backward()) == 2 * 2 * 7 * 5 * 3


def test_operations_of_a_convolution_on_the_meta_device_are_counted():
    with torch.device("meta"):
        layer, image = nn.Conv3d(4, 6, 3), torch.empty(2, 4, 10, 10, 10)
    assert count_flops(lambda: layer(image)) == 2 * 2 * 4 * 6 * 3**3 * 8**3


def test_the_weights_do_not_enter_a_fingerprint():
    first, second = MixerAutoencoder(**ARGUMENTS), MixerAutoencoder(**ARGUMENTS)
    assert not torch.equal(first.head.operation.weight, second.head.operation.weight)
    assert fingerprint(first) == fingerprint(second)


def test_the_order_of_parameters_does_not_enter_a_fingerprint():
    layer = nn.Linear(5, 3)
    before = fingerprint(layer)
    layer._parameters = dict(reversed(layer._parameters.items()))
    assert fingerprint(layer) == before


def test_training_does_not_change_a_fingerprint():
    model = MixerAutoencoder(**ARGUMENTS)
    before = fingerprint(model)
    model.reconstruction_error(torch.rand(2, 1, 8, 8)).backward()
    torch.optim.AdamW(model.parameters()).step()
    assert fingerprint(model) == before


@pytest.mark.parametrize(
    "change",
    [
        {"kernel_size": 3},
        {"mixer": "cnnf"},
        {"mixer_at": (2,)},
        {"channels": (16, 4)},
        {"activation": "relu"},
        {"revision": "linear encoder mixers"},
    ],
    ids=str,
)
def test_another_form_has_another_fingerprint(change):
    assert fingerprint(MixerAutoencoder(**ARGUMENTS | change)) != fingerprint(
        MixerAutoencoder(**ARGUMENTS)
    )


def test_a_parameter_that_a_model_does_not_use_leaves_its_fingerprint():
    """So the log can tell that the kernel size is inert for ``mlp`` mixers."""
    full = ARGUMENTS | {"mixer": "mlp"}
    assert fingerprint(MixerAutoencoder(**full, kernel_size=7)) == fingerprint(
        MixerAutoencoder(**full, kernel_size=1)
    )


def test_the_cpu_has_no_peak_of_gpu_memory():
    assert peak_memory_bytes(torch.device("cpu")) is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_the_peak_of_gpu_memory_holds_what_was_allocated():
    held = torch.zeros(1 << 20, device="cuda")
    assert peak_memory_bytes(held.device) >= 4 << 20
