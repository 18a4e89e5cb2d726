"""Products multiply in half precision, the rest of a training does not."""

import pytest
import torch
from tests.training.small_training import RECIPE, Examples, make_module
from torch import nn

from labbook.training.loop import reconstruction_error, train
from labbook.training.precision import multiply_in

BATCH = Examples().batch(0)


def gradients(objective):
    module = make_module().eval()
    objective(module, BATCH).backward()
    return [parameter.grad for parameter in module.parameters()]


def test_the_loss_is_a_float32_near_that_of_full_precision() -> None:
    module = make_module().eval()
    exact, found = (f(module, BATCH) for f in (reconstruction_error, multiply_in(torch.bfloat16)))
    assert found.dtype == torch.float32
    assert found != exact
    torch.testing.assert_close(found, exact, rtol=0.02, atol=0)


def test_gradients_are_float32_and_near() -> None:
    exact, found = gradients(reconstruction_error), gradients(multiply_in(torch.bfloat16))
    assert {gradient.dtype for gradient in found} == {torch.float32}
    for a, b in zip(found, exact, strict=True):
        assert (a - b).norm() < 0.02 * b.norm()


@pytest.mark.parametrize("layer", [nn.Linear(6, 6), nn.Conv1d(6, 6, 1)])
def test_a_product_is_one_of_rounded_numbers(layer) -> None:
    x = BATCH if isinstance(layer, nn.Linear) else BATCH[..., None]
    asked = []
    multiply_in(torch.bfloat16, lambda module, batch: asked.append(module(batch)))(layer, x)
    layer.bfloat16()
    assert torch.equal(asked[0], layer(x.bfloat16()))


def test_another_objective_is_asked_with_the_same_module_and_batch() -> None:
    module = make_module()
    seen = multiply_in(torch.bfloat16, lambda *given: given)(module, BATCH)
    assert seen[0] is module
    assert seen[1] is BATCH


def test_nothing_stays_rounded_afterwards() -> None:
    module = make_module().eval()
    before = module(BATCH)
    multiply_in(torch.bfloat16)(module, BATCH)
    assert torch.equal(module(BATCH), before)


def test_a_training_ends_near_that_of_full_precision() -> None:
    losses = []
    for objective in (reconstruction_error, multiply_in(torch.bfloat16)):
        report = train(make_module(), Examples(), RECIPE, objective=objective)
        losses.append(report["metrics"]["train_loss"])
        assert report["dtype"] == "float32"
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
