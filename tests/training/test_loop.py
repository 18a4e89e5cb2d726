"""The training loop: what it sees, when it validates, what it reports, and when it gives up."""

import math
from dataclasses import replace
from statistics import mean

import pytest
import torch
from tests.training.small_training import RECIPE, STEPS, Examples, make_module, run, untimed
from torch import nn

from labbook.training.checkpoints import Checkpoints
from labbook.training.loop import Recipe, _steps_for, mean_loss, reconstruction_error, train


class Counted:
    """As many examples as MNIST, of which only the number is known."""

    def __init__(self, count=60_000, batch_size=64):
        self.count, self.batch_size = count, batch_size

    def __len__(self):
        return -(-self.count // self.batch_size)

    def seen(self, steps):
        epochs, rest = divmod(steps, len(self))
        return epochs * self.count + min(rest * self.batch_size, self.count)


@pytest.mark.parametrize(
    "inputs, steps",
    [
        (1_000_000, 15_633),  # 16 epochs of 938 batches and 625 batches
        (60_000, 938),
        (59_969, 938),
        (59_968, 937),
        (60_001, 939),
        (6_000_000, 93_800),
        (1, 1),
        (64, 1),
        (65, 2),
    ],
)
def test_mnist_in_batches_of_64_takes_so_many_steps(inputs, steps):
    assert _steps_for(Counted(), inputs) == steps


@pytest.mark.parametrize("inputs, seen", [(100, 100), (58, 58), (51, 58), (60, 66), (1, 8)])
def test_the_run_ends_with_the_batch_that_reaches_the_inputs(inputs, seen):
    report = train(make_module(), Examples(), Recipe(inputs, 0.01))
    assert report["history"]["inputs"][-1] == seen


def test_every_step_sees_its_own_batch_once():
    examples = Examples()
    train(make_module(), examples, RECIPE)
    assert examples.asked == list(range(STEPS))


def test_the_validation_comes_after_each_epoch_and_at_the_end():
    examples = Examples()
    report = train(
        make_module(), examples, Recipe(120, 0.01), validation=mean_loss([examples.vectors])
    )
    # The third epoch ends early, with the third batch of 8.
    assert report["history"]["validation_inputs"] == [50, 100, 124]


def test_an_epoch_that_ends_with_the_run_is_validated_once():
    examples = Examples()
    report = train(
        make_module(), examples, Recipe(100, 0.01), validation=mean_loss([examples.vectors])
    )
    assert report["history"]["validation_inputs"] == [50, 100]


def test_whatever_validation_tells_is_in_the_history_and_the_metrics():
    losses = iter([{"loss": 2.0, "accuracy": 0.5}, {"loss": 3.0, "accuracy": 0.75}])
    report = train(make_module(), Examples(), Recipe(100, 0.01), validation=lambda _: next(losses))
    assert report["history"]["validation_accuracy"] == [0.5, 0.75]
    found = {name: value for name, value in report["metrics"].items() if name != "train_loss"}
    assert found == {
        "validation_loss": 3.0,
        "validation_accuracy": 0.75,
        "best_validation_loss": 2.0,
    }


def test_a_validation_that_is_not_finite_ends_the_run_and_is_named():
    with pytest.raises(FloatingPointError, match="the validation accuracy is nan at step 7"):
        train(make_module(), Examples(), RECIPE, validation=lambda _: {"accuracy": math.nan})


def test_validation_sees_a_module_in_evaluation_mode_without_gradients():
    seen = []

    def validation(module):
        seen.append((module.training, torch.is_grad_enabled()))
        return {"loss": 1.0}

    train(make_module(), Examples(), Recipe(100, 0.01), validation=validation)
    assert seen == [(False, False)] * 2


def test_the_rate_of_each_step_is_that_of_the_schedule():
    asked = []

    def schedule(step, rate, period, warmup):
        asked.append((step, rate, period, warmup))
        return 0.0

    module = make_module()
    before = [p.clone() for p in module.parameters()]
    recipe = Recipe(50, 0.01, warmup_steps=3, weight_decay=0.0, schedule=schedule)
    train(module, Examples(), recipe)
    assert asked == [(step, 0.01, 7, 3) for step in range(7)]
    assert all(torch.equal(p, old) for p, old in zip(module.parameters(), before, strict=True))


def test_without_validation_batches_there_is_no_validation_loss():
    report = train(make_module(), Examples(), Recipe(100, 0.01))
    assert set(report["metrics"]) == {"train_loss"}


def test_the_validation_loss_is_the_plain_mean_over_batches_of_any_size():
    module, examples = make_module(), Examples()
    validation = [examples.vectors[:16], examples.vectors[16:17]]
    report = train(module, examples, Recipe(50, 0.01), validation=mean_loss(validation))
    module.eval()
    with torch.no_grad():
        losses = [nn.functional.mse_loss(module(batch), batch).item() for batch in validation]
    assert report["metrics"]["validation_loss"] == pytest.approx(sum(losses) / 2, rel=1e-6)


def test_the_best_validation_loss_is_the_smallest_of_the_history():
    _, report = run()
    best = min(report["history"]["validation_loss"])
    assert report["metrics"]["best_validation_loss"] == best


def test_validation_does_not_change_the_training():
    module = make_module()
    train(module, Examples(), RECIPE)
    torch.testing.assert_close(module.state_dict(), run()[0], rtol=0, atol=0)


def test_the_same_seed_gives_the_same_bits():
    (first, one), (second, other) = run(), run()
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    assert untimed(one["history"]) == untimed(other["history"])


@pytest.mark.parametrize("log_points, every", [(7, 7), (3, 16)])  # 16, 16, 16 and the last step
def test_the_points_of_the_training_curve_are_means_over_the_steps_between(log_points, every):
    seen = []

    def objective(module, batch):
        loss = reconstruction_error(module, batch)
        seen.append(loss.item())
        return loss

    recipe = Recipe(inputs=350, learning_rate=0.01, log_points=log_points)
    report = train(make_module(), Examples(), recipe, objective=objective)
    means = [mean(seen[i : i + every]) for i in range(0, STEPS, every)]
    assert report["history"]["train_loss"] == pytest.approx(means, rel=1e-5)


@pytest.mark.parametrize("log_points, points", [(1, 1), (24, 25), (49, 49), (1000, 49)])
def test_the_training_curve_has_so_many_points(log_points, points):
    report = train(make_module(), Examples(), replace(RECIPE, log_points=log_points))
    assert len(report["history"]["train_loss"]) == len(report["history"]["inputs"]) == points


def test_the_validation_curve_has_a_point_for_each_validation():
    history = run()[1]["history"]
    assert len(history["validation_loss"]) == len(history["validation_inputs"]) == 7


@pytest.mark.parametrize("weight_decay", (0.01, 0.5))
def test_the_updates_are_those_of_adamw_with_a_cosine(weight_decay):
    module, twin, examples = make_module().eval(), make_module().eval(), Examples()
    module[2].p = twin[2].p = 0
    train(module, examples, Recipe(300, 0.01, period_steps=50, weight_decay=weight_decay))
    optimiser = torch.optim.AdamW(twin.parameters(), lr=0.01, weight_decay=weight_decay)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 50)
    for step in range(42):
        batch = examples.batch(step)
        optimiser.zero_grad()
        nn.functional.mse_loss(twin(batch), batch).backward()
        optimiser.step()
        scheduler.step()
    torch.testing.assert_close(module.state_dict(), twin.state_dict(), rtol=1e-4, atol=1e-6)


def test_the_period_of_the_cosine_is_the_run_unless_it_is_given():
    module = make_module()
    train(module, Examples(), replace(RECIPE, period_steps=STEPS))
    torch.testing.assert_close(module.state_dict(), run()[0], rtol=0, atol=0)


def test_a_line_is_learned():
    module = nn.Sequential(nn.Linear(6, 1), nn.Linear(1, 6))
    examples = Examples()
    recipe = Recipe(inputs=5_000, learning_rate=0.02)
    report = train(module, examples, recipe, validation=mean_loss([examples.vectors]))
    # The noise around the line has a variance of 1e-4.
    assert report["metrics"]["validation_loss"] < 1.5e-4


def test_the_loss_of_a_module_that_has_its_own_is_that():
    class Known(nn.Linear):
        def reconstruction_error(self, batch):
            return self.weight.sum() * 0 + 7

    assert train(Known(6, 6), Examples(), Recipe(50, 0.01))["metrics"]["train_loss"] == 7


def test_the_report_carries_the_losses_of_the_first_three_steps():
    module, examples = make_module(), Examples()
    first = nn.functional.mse_loss(module(examples.batch(0)), examples.batch(0)).item()
    found = run()[1]["fingerprint"]["first_losses"]
    assert (len(found), found[0]) == (3, first)


def test_the_report_tells_what_was_trained_and_where():
    report = run()[1]
    facts = {key: report[key] for key in ("parameters", "threads", "device", "dtype")}
    assert facts == {"parameters": 71, "threads": 1, "device": "cpu", "dtype": "float32"}


@pytest.mark.parametrize("shown", (True, False))
def test_a_progress_bar_stands_on_the_error_stream_where_it_is_wanted(shown, capsys):
    train(make_module(), Examples(), Recipe(200, 0.01), show_progress=shown)
    assert ("loss=" in capsys.readouterr().err) == shown


@pytest.mark.parametrize("value", (math.nan, math.inf, 1e30))
def test_a_loss_that_is_not_finite_ends_the_run_and_names_the_step(value):
    examples = Examples()
    examples.vectors[20] = value  # in the third batch, which the second point covers
    sentence = r"the training loss is (nan|inf) at step 4"
    with pytest.raises(FloatingPointError, match=sentence):
        train(make_module(), examples, RECIPE)


def test_a_loss_that_is_not_finite_is_in_no_checkpoint(tmp_path):
    examples, checkpoints = Examples(), Checkpoints(tmp_path, every_s=0)
    examples.vectors[20] = math.nan  # in the third batch
    with pytest.raises(FloatingPointError, match="the training loss is nan at step 3"):
        train(make_module(), examples, replace(RECIPE, log_points=1), checkpoints=checkpoints)
    assert checkpoints.load()["progress"]["step"] == 2


@pytest.mark.parametrize("inputs", (0, -5))
def test_a_training_without_inputs_is_told(inputs):
    with pytest.raises(ValueError, match=f"inputs is {inputs}; a training sees at least one"):
        train(make_module(), Examples(), Recipe(inputs, 0.01))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_a_module_is_trained_where_it_stands():
    examples = Examples()
    examples.vectors = examples.vectors.cuda()
    report = train(make_module().cuda(), examples, RECIPE, validation=mean_loss([examples.vectors]))
    assert report["device"] == "cuda:0"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_steps_that_wait_on_a_gpu_are_training_and_not_validation():
    def objective(module, batch):
        torch.cuda._sleep(200_000_000)  # cycles, at least 0.05 s
        return module(batch).square().mean()

    examples = Examples()
    examples.vectors = examples.vectors.cuda()
    report = train(
        make_module().cuda(), examples, RECIPE, objective=objective,
        validation=lambda module: {"loss": float(module(examples.vectors).mean())},
    )  # fmt: skip
    assert report["training_time_s"] > 0.05 * len(report["history"]["inputs"])
