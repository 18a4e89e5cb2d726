"""Bad input is refused in one sentence."""

import pytest
import torch
from escnn import nn as enn
from tests.models.steerable.networks import ROTATIONS, SO3, regular, scalars

from labbook.models.steerable.acceleration import accelerate

LAYERS = {
    "R3Conv": lambda: enn.R3Conv(regular(1, 1), scalars(1), 3),
    "IIDBatchNorm3d": lambda: enn.IIDBatchNorm3d(regular(1, 1)),
    "FourierELU": lambda: enn.FourierELU(ROTATIONS, 1, SO3.bl_irreps(1), type="cube"),
    "TensorProductModule": lambda: enn.TensorProductModule(regular(1, 1), regular(1, 1)),
    "NormNonLinearity": lambda: enn.NormNonLinearity(regular(1, 1)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_fields_of_another_type_and_the_right_size_are_refused(name):
    layer = accelerate(LAYERS[name]())
    with pytest.raises(ValueError, match=f"{name} takes fields of the type .*regular.* got .*"):
        layer(scalars(10)(torch.randn(2, 10, 3, 3, 3)))


def test_a_tensor_is_refused():
    with pytest.raises(TypeError, match=r"IIDBatchNorm3d takes a GeometricTensor .* got a Tensor"):
        accelerate(LAYERS["IIDBatchNorm3d"]())(torch.randn(2, 10, 3, 3, 3))


@pytest.mark.parametrize(
    "band_limit, points, words",
    [(3, 60, "84 components on 60 points"), (3, 90, r"\d+% of some component is lost")],
)
def test_a_grid_that_is_too_small_is_refused(band_limit, points, words):
    grid = (
        {"type": "rand", "N": points, "seed": 0}
        if points == 60
        else {"type": "thomson_cube", "N": 4}
    )
    layer = enn.FourierELU(ROTATIONS, 1, SO3.bl_irreps(band_limit), **grid)
    model = torch.nn.Sequential(enn.IIDBatchNorm3d(scalars(1)), layer)
    with pytest.raises(ValueError, match=words):
        accelerate(model)
    assert type(model[0]) is enn.IIDBatchNorm3d


def test_a_batch_of_one_value_is_refused():
    layer = accelerate(LAYERS["IIDBatchNorm3d"]())
    with pytest.raises(ValueError, match="two values or more in each channel"):
        layer(layer.in_type(torch.zeros(1, 10, 1, 1, 1)))


def test_gates_of_another_size_than_their_fields_are_refused():
    gates, fields = scalars(1), regular(1, 1)
    layer = accelerate(enn.GatedNonLinearity2((gates, fields)))
    with pytest.raises(ValueError, match=r"one batch and size, got .*\(1, 1, 3, 3, 3\) and \(2, "):
        layer(gates(torch.randn(1, 1, 3, 3, 3)), fields(torch.randn(2, 10, 3, 3, 3)))
