"""Batch norms get the mean of their statistics over the batches that they are given."""

import pytest
import torch
from escnn import gspaces
from escnn import nn as enn

from labbook.models.steerable import accelerate
from labbook.training.statistics import take_statistics


def batches(*shape):
    source = torch.Generator().manual_seed(0)
    return [2 * torch.randn(shape, generator=source) + 1 for _ in range(5)]


def test_running_statistics_of_torch_become_means_over_the_batches():
    norm, given = torch.nn.BatchNorm1d(3), batches(8, 3)
    norm(torch.randn(8, 3))  # what it has been trained with does not count
    take_statistics(norm, given)
    torch.testing.assert_close(norm.running_mean, torch.stack([b.mean(0) for b in given]).mean(0))
    torch.testing.assert_close(norm.running_var, torch.stack([b.var(0) for b in given]).mean(0))


@pytest.mark.parametrize("change", (accelerate, lambda module: module), ids=("ours", "escnn"))
def test_running_variance_of_fields_becomes_the_mean_over_the_batches(change):
    space = gspaces.rot3dOnR3()
    fields = enn.FieldType(space, 2 * [space.irrep(1)])
    norm, given = change(enn.IIDBatchNorm3d(fields)), batches(4, 6, 3, 3, 3)
    norm(fields(torch.randn(4, 6, 3, 3, 3)))  # what it has been trained with does not count
    take_statistics(norm, map(fields, given))
    of_channels = torch.stack([b.transpose(0, 1).flatten(1).var(1) for b in given]).mean(0)
    (found,) = (value for name, value in norm.named_buffers() if name.endswith("running_var"))
    torch.testing.assert_close(found.flatten(), of_channels.view(2, 3).mean(1), rtol=0.02, atol=0)


@pytest.mark.parametrize("training", (True, False))
def test_momentum_mode_and_weights_stay(training):
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)).train(training)
    before = [parameter.clone() for parameter in module.parameters()]
    take_statistics(module, batches(8, 3))
    assert module[1].momentum == 0.1 and module.training == module[1].training == training
    assert all(map(torch.equal, before, module.parameters()))


def test_momentum_and_mode_stay_where_a_batch_fails():
    module = torch.nn.Sequential(torch.nn.BatchNorm1d(3)).eval()
    with pytest.raises(RuntimeError):
        take_statistics(module, [*batches(8, 3), torch.ones(8, 4)])
    assert module[0].momentum == 0.1 and not module.training and not module[0].training


def test_norms_without_running_statistics_are_left_alone():
    norm = torch.nn.BatchNorm1d(3, track_running_stats=False)
    take_statistics(norm, batches(8, 3))
    assert norm.running_mean is None and norm.momentum == 0.1
