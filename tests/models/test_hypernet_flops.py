"""What training a connector costs: every reported figure by its formula, and by counting the
products of the original and of ours on tensors that hold nothing."""

import csv
from pathlib import Path

import pytest
import torch
from tests.benchmarks.plain_hypernet import PlainHyperNetwork, plain_loss

from labbook.models.hypernet import AutoDecoded, Connector, HyperNetwork, contrastive_loss
from labbook.models.hypernet.flops import (
    ape_run,
    ape_step,
    autodecode_step,
    hypernet_epoch,
    hypernet_step,
    parts,
)
from labbook.models.hypernet.ledger import BATCH, BIG_BATCH, PAIRS, SMALL_BATCH, WIDTHS, figures
from labbook.training.measure import count_flops

with Path(__file__).parents[2].joinpath("notebooks/reported/hypernetwork_flops.csv").open() as file:
    REPORTED = {row["figure"]: row["reported"] for row in csv.DictReader(file)}
FIGURES = {figure.name: figure for figure in figures()}


def as_counter(flops):
    """10^9 FLOPs as the original's counter prints them: multiply-adds rounded, then doubled."""
    return f"{2 * round(flops / 2e9, 2):.2f}"


def meta(*shape):
    return torch.empty(shape, device="meta")


def counted_original_step(encoders, batch_size, image_dim, decoders="separate"):
    """FLOPs of the original's step, on tensors that hold nothing."""
    with torch.device("meta"):
        original = PlainHyperNetwork(3 * encoders, decoders=decoders)
    texts, images = meta(batch_size, 768), meta(encoders, batch_size, image_dim)
    return count_flops(lambda: original(texts, images).backward())


def counted_original_autodecoding(image_dim, batch_size=SMALL_BATCH):
    with torch.device("meta"):
        original = PlainHyperNetwork(12, decoders="separate").requires_grad_(False)
    condition = meta(1, 32).requires_grad_()
    texts, images = meta(batch_size, 768), meta(batch_size, image_dim)

    def step():
        weights, biases = original.decode(condition, image_dim)
        plain_loss(texts @ weights[0].T + biases[0], images).backward()

    return count_flops(step)


def counted_step(encoders, batch_size, image_dim, decoders="separate"):
    """FLOPs of our step."""
    with torch.device("meta"):
        ours = HyperNetwork(3 * encoders, decoders=decoders)
    texts, images = meta(batch_size, 768), meta(encoders, batch_size, image_dim)
    return count_flops(lambda: contrastive_loss(ours(texts, image_dim), images).mean().backward())


def counted_autodecoding(image_dim, batch_size=SMALL_BATCH):
    with torch.device("meta"):
        ours = AutoDecoded(HyperNetwork(12, decoders="separate"), meta(1, 32), image_dim)
    texts, images = meta(batch_size, 768), meta(1, batch_size, image_dim)
    return count_flops(lambda: contrastive_loss(ours(texts), images).mean().backward())


def counted_ape(image_dim, loss):
    with torch.device("meta"):
        connector = Connector(768, image_dim)
    texts, images = meta(BIG_BATCH, 768), meta(BIG_BATCH, image_dim)
    return count_flops(lambda: loss(connector(texts), images).backward())


@pytest.mark.parametrize("name", REPORTED)
def test_reported_figure_by_formula(name):
    assert FIGURES[name].printed == REPORTED[name]


def test_the_ledger_has_no_figure_that_was_not_reported():
    assert list(FIGURES) == list(REPORTED)


@pytest.mark.parametrize("width", WIDTHS)
def test_reported_step_of_a_connector_by_counting(width):
    assert as_counter(counted_ape(width, plain_loss)) == REPORTED[f"APE step, 768 to {width}"]


@pytest.mark.parametrize("encoders", [12, 30])
def test_reported_epoch_of_a_hypernetwork_by_counting(encoders):
    steps = {width: counted_original_step(encoders // 3, BATCH, width) for width in WIDTHS}
    last = counted_original_step(encoders // 3, PAIRS % BATCH, 768)
    turns, more = divmod(PAIRS // BATCH, 3)
    assert (turns, more) == (387, 1)  # then a full batch at width 384, and the rest at 768
    epoch = turns * sum(steps.values()) + steps[384] + last
    assert as_counter(epoch) == REPORTED[f"H-net epoch, {encoders} encoders"]


def test_reported_auto_decoding_step_by_counting():
    assert as_counter(counted_original_autodecoding(384)) == REPORTED["auto-decoding step"]


def test_the_ratio_of_two_epochs_is_that_of_their_encoders():
    assert FIGURES["ratio of the H-net epochs"].exact == 2.5


def test_an_epoch_whose_last_batch_is_what_is_left_costs_less_than_reported():
    sizes = {"steps": 370, "batch_size": BIG_BATCH, "image_dim": 384}
    batches = [BIG_BATCH] * 36 + [PAIRS - 36 * BIG_BATCH]
    exact = 10 * sum(4 * size * 768 * 384 + 8 * size**2 * 384 for size in batches)
    assert ape_run(**sizes, pairs=PAIRS) == exact < ape_run(**sizes)


def test_a_run_may_end_within_an_epoch():
    found = ape_run(steps=3, batch_size=4, image_dim=5, text_dim=6, pairs=6)
    steps = [ape_step(batch_size=size, image_dim=5, text_dim=6) for size in (4, 2, 4)]
    assert found == sum(steps)


@pytest.mark.parametrize("width", WIDTHS)
def test_executed_step_of_a_connector_is_what_the_formula_says(width):
    formula = ape_step(batch_size=BIG_BATCH, image_dim=width, counting="executed")
    assert counted_ape(width, contrastive_loss) == formula


@pytest.mark.parametrize("decoders", ["separate", "joint"])
@pytest.mark.parametrize("width", WIDTHS)
def test_executed_step_of_a_hypernetwork_is_what_the_formula_says(width, decoders):
    sizes = {"encoders": 4, "batch_size": BATCH, "image_dim": width, "decoders": decoders}
    assert counted_step(**sizes) == hypernet_step(**sizes, counting="executed")


@pytest.mark.parametrize("decoders", ["separate", "joint"])
@pytest.mark.parametrize("width", WIDTHS)
def test_reported_step_of_a_hypernetwork_is_what_the_formula_says(width, decoders):
    sizes = {"encoders": 4, "batch_size": BATCH, "image_dim": width, "decoders": decoders}
    assert counted_original_step(**sizes) == hypernet_step(**sizes)


@pytest.mark.parametrize("width", WIDTHS)
def test_executed_step_of_auto_decoding_is_what_the_formula_says(width):
    formula = autodecode_step(batch_size=SMALL_BATCH, image_dim=width, counting="executed")
    assert counted_autodecoding(width) == formula


@pytest.mark.parametrize("width, teraflops", [(384, 159.7), (768, 319.4), (1024, 425.9)])
def test_one_logits_matrix_halves_a_run_of_big_batches(width, teraflops):
    sizes = {"steps": 370, "batch_size": BIG_BATCH, "image_dim": width}
    assert round(ape_run(**sizes, counting="executed") / 1e12, 1) == teraflops


def test_the_executed_epoch_is_at_most_58_percent_of_the_reported():
    sizes = {"pairs": PAIRS, "batch_size": BATCH, "num_encoders": 30}
    assert hypernet_epoch(**sizes, counting="executed") <= 0.58 * hypernet_epoch(**sizes)


def test_the_executed_auto_decoding_step_is_at_most_26_percent_of_the_reported():
    assert counted_autodecoding(384) <= 0.26 * counted_original_autodecoding(384)


def test_at_equal_batch_and_data_a_hypernetwork_costs_more_than_separate_connectors():
    alone = sum(
        10 * ape_run(steps=steps, batch_size=BATCH, image_dim=width)
        for width, steps in zip(WIDTHS, (388, 388, 387), strict=True)
    )
    together = hypernet_epoch(pairs=PAIRS, batch_size=BATCH, num_encoders=30)
    assert together / alone == pytest.approx(2.36, abs=0.005)


@pytest.mark.parametrize(
    "step, sizes", [(ape_step, {}), (hypernet_step, {"encoders": 4}), (autodecode_step, {})]
)
def test_the_parts_of_a_step_are_its_whole(step, sizes):
    sizes |= {"batch_size": BATCH, "image_dim": 384}
    assert sum(parts(step, **sizes).values()) == step(**sizes)


def test_the_parts_of_a_step_of_a_connector_are_the_terms_of_its_formula():
    found = parts(ape_step, 512, image_dim=384)
    assert found == {
        "decoding": 0,
        "mapping": 4 * 512 * 768 * 384,
        "logits": 8 * 512**2 * 384,
    }


def test_a_width_over_the_maximum_is_one_sentence():
    with pytest.raises(ValueError, match=r"^an image width of 2048 exceeds max_image_dim, 1536; "):
        hypernet_step(encoders=1, batch_size=BATCH, image_dim=2048)


def test_unequal_counts_of_encoders_are_one_sentence():
    with pytest.raises(ValueError, match=r"^num_encoders is 10; .* so it is a multiple of 3\.$"):
        hypernet_epoch(pairs=PAIRS, batch_size=BATCH, num_encoders=10)


def test_an_unknown_counting_is_one_sentence():
    with pytest.raises(ValueError, match=r'^counting is \'mine\'; it is "reported" or "executed"'):
        ape_step(batch_size=BATCH, image_dim=384, counting="mine")
