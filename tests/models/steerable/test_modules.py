"""What accelerated modules are to those who use them: the modules of escnn."""

import statistics

import pytest
import torch
from escnn import gspaces
from escnn import nn as enn
from tests.models.steerable.networks import (
    CASES,
    ICOSAHEDRON,
    ROTATIONS,
    SO3,
    Typed,
    batch,
    network,
    regular,
    scalars,
    types,
)

from labbook.models.steerable.acceleration import FASTER, accelerate, plain


@pytest.mark.parametrize("name", CASES)
def test_known_modules_change_and_stay_what_they_are(name):
    model = network(name)
    before = [(module, type(module)) for module in model.modules()]
    accelerate(model)
    changed = set()
    for module, kind in before:
        assert isinstance(module, kind) and type(module).__name__ == kind.__name__
        if type(module) is not kind:
            changed.add(kind)
    kinds = {kind for _, kind in before}
    assert changed == {kind for kind in kinds if any(issubclass(kind, known) for known in FASTER)}


@pytest.mark.parametrize("name", CASES)
def test_parameters_and_their_order_stay(name):
    model = network(name)
    before = list(model.named_parameters())
    for (name, value), (after, same) in zip(
        before, accelerate(model).named_parameters(), strict=True
    ):
        assert name == after and value is same


def test_modules_with_equal_bases_change_each():
    model = Typed(*(enn.R3Conv(scalars(1), scalars(1), 3) for _ in range(2)))
    accelerate(model)
    first, second = (layer.basisexpansion for layer in model.layers)
    assert type(first) is type(second) is not type(plain(model).layers[0].basisexpansion)


def test_accelerating_twice_changes_nothing_more():
    model = accelerate(network("Fourier ELU"))
    before = [type(module) for module in model.modules()]
    assert [type(module) for module in accelerate(model).modules()] == before


def test_a_class_with_a_forward_of_its_own_stays():
    class Doubled(enn.IIDBatchNorm3d):
        def forward(self, x):
            return super().forward(x) * 2.0

    norm = Doubled(scalars(1))
    assert type(accelerate(norm)) is Doubled


def test_an_unknown_function_stays_with_escnn():
    layer = enn.FourierPointwise(ROTATIONS, 1, SO3.bl_irreps(1), type="cube")
    layer._function = torch.sin
    x = layer.in_type(torch.randn(1, 10, 2, 2, 2))
    expected = layer(x).tensor
    torch.testing.assert_close(accelerate(layer)(x).tensor, expected)


def test_check_equivariance_runs():
    space = gspaces.rot2dOnR2(8)
    norm = accelerate(enn.NormNonLinearity(types(space, space.irrep(1), space.irrep(2))))
    norm.check_equivariance()
    elu = accelerate(enn.FourierELU(ROTATIONS, 1, SO3.bl_irreps(1), **ICOSAHEDRON))
    elu.check_equivariance(rtol=0.1)


def test_results_have_their_channels_last():
    x = torch.randn(2, 2, 5, 5, 5)
    model = accelerate(network("Fourier ELU"))
    for layer in model.layers[:3]:
        x = layer(layer.in_type(x)).tensor
        assert x.is_contiguous(memory_format=torch.channels_last_3d)


def test_convolutions_with_dense_bases_alone_have_memory_as_in_escnn():
    model, x = accelerate(network("octahedral group")), batch("octahedral group")
    filters, _ = model.layers[3].expand_parameters()
    assert filters.is_contiguous()
    assert model.layers[0](model.in_type(x)).tensor.is_contiguous()


def test_filters_stay_when_evaluation_is_asked_for_again():
    convolution = accelerate(enn.R3Conv(scalars(1), regular(1, 1), 3)).eval()
    with torch.no_grad():
        before = convolution.filter
        assert convolution.eval().filter.data_ptr() == before.data_ptr()


def test_an_input_of_any_memory_format_gives_the_same():
    model, x = accelerate(network("Fourier ELU")), batch("Fourier ELU")
    last = x.contiguous(memory_format=torch.channels_last_3d)
    torch.testing.assert_close(model(x), model(last))


@pytest.mark.parametrize("name", CASES)
def test_autocast_trains_in_bfloat16(name):
    """Where rounding moves a maximum, a gradient jumps: of five batches the middle one counts."""
    model = accelerate(network(name))
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def error(seed: int) -> float:
        shape = (16, *CASES[name].shape[1:])
        x = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
        expected = torch.autograd.grad(model(x).square().sum(), parameters)
        with torch.autocast("cpu", torch.bfloat16):
            found = torch.autograd.grad(model(x).float().square().sum(), parameters)
        found, expected = (
            torch.cat([part.flatten() for part in all_]) for all_ in (found, expected)
        )
        return float((found - expected).norm() / expected.norm())

    assert statistics.median(error(seed) for seed in range(5)) < 0.05


def test_an_autocast_step_backwards_outside_of_it():
    model, x = accelerate(network("Fourier ELU")), batch("Fourier ELU")
    with torch.autocast("cpu", torch.bfloat16):
        loss = model(x).float().sum()
    loss.backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


def test_second_derivatives_are_refused():
    model, x = accelerate(network("Fourier ELU")), batch("Fourier ELU").requires_grad_()
    (slope,) = torch.autograd.grad(model(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.square().sum().backward()


def test_a_network_computes_on_the_meta_device():
    model = accelerate(network("Fourier ELU")).eval().to("meta")
    assert model(batch("Fourier ELU").to("meta")).shape == (3, 3, 1, 1, 1)


def test_filters_are_made_once_for_calls_with_the_same_weights():
    convolution = accelerate(enn.R3Conv(scalars(1), regular(1, 1), 3))
    first, _ = convolution.expand_parameters()
    again, _ = convolution.expand_parameters()
    assert first.data_ptr() == again.data_ptr()


def test_filters_are_made_anew_after_a_backward_pass():
    convolution = accelerate(enn.R3Conv(scalars(1), regular(1, 1), 3))
    first, _ = convolution.expand_parameters()
    first.sum().backward()
    assert convolution.expand_parameters()[0] is not first
    convolution.expand_parameters()[0].sum().backward()


def test_filters_that_were_made_without_gradients_are_made_anew_with_them():
    convolution = accelerate(enn.R3Conv(scalars(1), regular(1, 1), 3))
    x = scalars(1)(torch.randn(1, 1, 4, 4, 4))
    with torch.no_grad():
        convolution(x)
    convolution(x).tensor.square().sum().backward()
    assert convolution.weights.grad.any()


@pytest.mark.parametrize("training", [True, False])
def test_filters_follow_what_is_written_to_the_data(training):
    convolution = accelerate(enn.R3Conv(scalars(1), regular(1, 1), 3)).train(training)
    x = scalars(1)(torch.randn(1, 1, 4, 4, 4))
    with torch.no_grad():
        before = convolution(x).tensor
        convolution.weights.data *= 2
        torch.testing.assert_close(convolution(x).tensor, 2 * before)


@pytest.mark.parametrize("batch_size", [1, 200])
def test_a_kernel_as_large_as_its_input_is_the_convolution(batch_size):
    convolution = accelerate(enn.R3Conv(scalars(2), regular(3, 1), 4).double())
    x = torch.randn(batch_size, 2, 4, 4, 4, dtype=torch.float64)
    assert convolution.basisexpansion.contracts(batch_size) == (batch_size == 1)
    convolved = torch.nn.functional.conv3d(x, *convolution.expand_parameters())
    torch.testing.assert_close(convolution(scalars(2)(x)).tensor, convolved, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["Fourier ELU", "functions on the sphere", "tensor products"])
def test_exported_networks_are_modules_of_torch(name):
    layers = [layer for layer in network(name).layers if getattr(layer, "track_running_stats", 1)]
    sequence, x = accelerate(enn.SequentialModule(*layers)), batch(name)
    sequence(sequence.in_type(x))
    exported = sequence.export()
    assert not any(isinstance(part, enn.EquivariantModule) for part in exported.modules())
    expected = sequence.eval()(sequence.in_type(x)).tensor
    torch.testing.assert_close(exported(x), expected, rtol=1e-4, atol=1e-5)


def test_an_exported_filter_is_its_own():
    convolution = accelerate(enn.R3Conv(scalars(1), regular(1, 1), 3))
    exported = convolution.export()
    before = convolution.filter.clone()
    exported.weight.data.zero_()
    torch.testing.assert_close(convolution.filter, before)


def test_no_filter_in_training_mode():
    convolution = accelerate(enn.R3Conv(scalars(1), regular(1, 1), 3))
    assert not hasattr(convolution, "filter") and convolution.eval().filter.shape[0] == 10
