"""Learning rates at named steps, with the numbers of the recipe: 0.003 over T = 15,625 steps."""

import math

import pytest
import torch

from labbook.training.schedules import constant, linear_warmup_cosine, named, warmup_cosine

RATE, PERIOD, WARMUP = 0.003, 15_625, 2000
COSINE_AT_1000 = 0.98992753  # cos²(0.032 π)
COSINE_AT_2000 = 0.96011592  # cos²(0.064 π)


@pytest.mark.parametrize(
    "step, rate",
    [
        (0, 0.003),
        (PERIOD / 2, 0.0015),
        (PERIOD, 0.0),
        (PERIOD + 7, 1.4857e-9),
        (PERIOD + 8, 1.9404e-9),
    ],
)
def test_the_cosine(step, rate):
    assert warmup_cosine(step, RATE, PERIOD) == pytest.approx(rate, rel=1e-4, abs=1e-15)


@pytest.mark.parametrize(
    "step, rate",
    [
        (0, 0.0),
        (1, RATE * math.sin(math.pi / 4000)),
        (1000, RATE * COSINE_AT_1000 * math.sqrt(0.5)),
        (2000, RATE * COSINE_AT_2000),
    ],
)
def test_the_warm_up(step, rate):
    assert warmup_cosine(step, RATE, PERIOD, WARMUP) == pytest.approx(rate, rel=1e-7)


@pytest.mark.parametrize("step", (2000, 2001, 7000, PERIOD, PERIOD + 8))
def test_after_the_warm_up_the_cosine_is_as_without(step):
    with_warmup = warmup_cosine(step, RATE, PERIOD, WARMUP)
    assert with_warmup == warmup_cosine(step, RATE, PERIOD)


def test_an_unknown_name_is_told():
    assert named("constant") is constant
    with pytest.raises(ValueError, match="one of constant, warmup_cosine, .*, got 'cosine'"):
        named("cosine")


def test_the_cosine_is_that_of_the_library():
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 500)
    rates = []
    for _ in range(500):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    assert rates == pytest.approx([warmup_cosine(t, RATE, 500) for t in range(500)], rel=1e-6)


def test_the_rate_never_exceeds_the_given_one():
    assert max(warmup_cosine(t, RATE, 500, 20) for t in range(1000)) <= RATE


@pytest.mark.parametrize(
    "step, rate",
    [(0, 0.002), (24, 0.05), (49, 0.1), (50, 0.1), (210, 0.05), (370, 0.0)],
)
def test_the_linear_warmup_and_the_cosine_after_it(step, rate):
    assert linear_warmup_cosine(step, 0.1, 370, 50) == pytest.approx(rate, abs=1e-12)


def test_a_constant_rate_is_the_same_at_any_step():
    assert {constant(step, RATE, PERIOD, WARMUP) for step in (0, 1, 999_999)} == {RATE}
