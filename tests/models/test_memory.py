"""Counts of parameters and memory of architectures #0 to #3, and what autograd keeps."""

import pytest
import torch

from labbook.models.neighbor import memory
from labbook.models.neighbor.architectures import architecture
from labbook.models.neighbor.layouts import LAYOUTS, Layout, layout
from labbook.models.neighbor.planning import Step

# name: parameters, then GB as printed: forward/backward, convolution, Fourier.
PRINTED = {
    "arch_0": (1_208_011, "0.3", "0.3", "0.1"),
    "arch_1_width_14": (7_234_376, "5.8", "1.8", "1.2"),
    "arch_1_width_7": (3_954_866, "2.9", "0.9", "0.6"),
    "arch_1_width_14_kernel_5": (5_484_722, "2.3", "4.2", "0.8"),
    "arch_1_width_7_kernel_5": (3_470_342, "1.1", "2.1", "0.4"),
    "arch_2_width_7_repeats_1": (1_670_875, "1.8", "0.4", "0.6"),
    "arch_3_width_14_repeats_4": (2_707_717, "9.9", "0.4", "1.2"),
    "arch_3_width_7_repeats_1": (1_429_225, "1.2", "0.4", "0.6"),
    "arch_2_width_14_repeats_4_a": (3_167_697, "7.4", "0.4", "1.2"),
    # Reported is 7.4: this candidate misses that digit.
    "arch_2_width_14_repeats_4_b": (3_205_725, "7.5", "0.4", "1.2"),
}


def in_GB(number):
    return f"{number / 1e9:.1f}"


@pytest.mark.parametrize("name", PRINTED)
def test_parameters_by_formula(name):
    assert layout(name).parameters() == PRINTED[name][0]


@pytest.mark.parametrize("name", PRINTED)
def test_forward_backward_has_the_printed_digits(name):
    assert in_GB(memory.activation_bytes(layout(name))) == PRINTED[name][1]


@pytest.mark.parametrize("name", PRINTED)
def test_convolution_has_the_printed_digits(name):
    assert in_GB(memory.filter_bytes(layout(name))) == PRINTED[name][2]


@pytest.mark.parametrize("name", PRINTED)
def test_fourier_has_the_printed_digits(name):
    assert in_GB(memory.fourier_bytes(layout(name))) == PRINTED[name][3]


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_encoder_ends_with_one_voxel(name):
    assert layout(name).sizes[-1] == 1


def test_input_channels_count_in_the_first_convolution_alone():
    shallow = layout("arch_3_width_7_repeats_1")
    assert shallow.parameters(6) - shallow.parameters(4) == 2 * 10 * 7


@pytest.mark.parametrize(
    "name, percent",
    [("arch_0", 29), ("arch_1_width_7_kernel_5", 55), ("arch_3_width_7_repeats_1", 33)],
)
def test_share_of_the_head(name, percent):
    spec = layout(name)
    assert round(100 * spec.head_parameters() / spec.parameters()) == percent


def test_the_wide_second_architecture_is_told_to_be_undetermined():
    with pytest.raises(ValueError, match="not determined by what was reported"):
        layout("arch_2_width_14_repeats_4")


def test_an_unknown_architecture_is_told():
    with pytest.raises(ValueError, match="must be one of arch_0, .* got 'arch_4'"):
        layout("arch_4")


def test_widths_and_convolutions_must_agree_in_number():
    with pytest.raises(ValueError, match="got 2 widths and 1 convolutions"):
        Layout((1, 1), (Step(3, 1, 0, 1),))


def test_saved_bytes_of_a_square_are_those_of_its_input():
    x = torch.randn(100, requires_grad=True)
    assert memory.saved_bytes(lambda: x.square()) == 400


def test_a_tensor_saved_twice_counts_once():
    x = torch.randn(100, requires_grad=True)
    assert memory.saved_bytes(lambda: x.square() + x.square()) == 400


def test_tensors_that_are_there_anyway_do_not_count():
    x = torch.randn(100, requires_grad=True)
    assert memory.saved_bytes(lambda: x.square(), without=[x]) == 0


def test_saved_bytes_on_meta_are_those_of_a_real_call():
    network, views = architecture("arch_2_width_1_size_11").eval(), torch.randn(2, 2, 4, 11, 11, 11)
    real = memory.saved_bytes(lambda: network(views), network.parameters())
    network, views = network.to("meta"), views.to("meta")
    on_meta = memory.saved_bytes(lambda: network(views), network.parameters())
    assert on_meta == pytest.approx(real, rel=4e-3)
