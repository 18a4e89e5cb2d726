"""What trials cost and what recipes are called: the formulas, and the words for settings."""

import numpy as np
import pandas as pd
import pytest
import torch

from labbook.experiments import connectors
from labbook.experiments.connectors import costs, counted, training
from labbook.experiments.connectors.recipes import CONSTANT, COSINE, WARM, of_schedule, recipes
from labbook.models.hypernet import AutoDecoded, contrastive_loss, flops, ledger
from labbook.training.measure import count_flops


def test_twelve_connectors_cost_four_of_each_width():
    row = {"steps": 10, "batch_size": 128}
    each = [
        flops.ape_run(**row, image_dim=width, text_dim=96, counting="executed")
        for width in (48, 96, 128)
    ]
    assert costs.separate(row, "executed") == 4 * sum(each)


def test_a_hypernetwork_of_thirty_costs_as_much_for_twelve_as_one_of_twelve():
    twelve, thirty = (costs.hypernetwork(connectors.usual(n, 300), "reported") for n in (12, 30))
    assert thirty == pytest.approx(twelve)


def test_230_steps_one_by_one_cost_as_much_as_300_of_the_hypernetwork_in_our_count():
    apart = pd.DataFrame([{"steps": 230, "batch_size": 128}])
    together = pd.DataFrame([connectors.usual(12, 300)])
    found = [
        costs.with_gflops(rows, cost)[["executed_gflops", "reported_gflops"]].iloc[0].tolist()
        for rows, cost in ((apart, costs.separate), (together, costs.hypernetwork))
    ]
    assert found == [pytest.approx([28.7, 45.1], abs=0.05), pytest.approx([28.8, 54.1], abs=0.05)]


def test_auto_decoding_with_fewer_pairs_than_a_batch_has_smaller_batches():
    row = {"steps": 10, "batch_size": 64, "num_pairs": 8}
    assert costs.autodecoding(row, "executed") == costs.autodecoding(
        row | {"batch_size": 8}, "executed"
    )


def counted_step(module, width):
    """Torch's count of a step of auto-decoding with 8 pairs."""
    texts, images = (torch.empty(*shape, device="meta") for shape in ((8, 96), (1, 8, width)))
    return count_flops(lambda: contrastive_loss(module(texts), images).mean().backward())


def test_auto_decoding_costs_what_is_counted():
    with torch.device("meta"):
        model = training.hypernetwork(12, connectors.usual(12, 1)["condition_dim"])
    counts = [
        counted_step(AutoDecoded(model, model.conditions[:1], width), width)
        for width in connectors.Zoo.widths
    ]
    row = {"steps": 1, "batch_size": 64, "num_pairs": 8}
    assert costs.autodecoding(row, "executed") == sum(counts)


def test_both_countings_become_columns():
    rows = costs.with_gflops(pd.DataFrame([{"steps": 1, "batch_size": 128}]), costs.separate)
    assert rows.reported_gflops[0] > rows.executed_gflops[0] > 0


@pytest.mark.parametrize("as_original, counting", [(True, "reported"), (False, "executed")])
def test_a_counted_step_of_a_connector_is_that_of_the_formula(as_original, counting):
    sizes = {"batch_size": ledger.BIG_BATCH, "image_dim": 384}
    assert counted.connector_step(384, as_original=as_original) == flops.ape_step(
        **sizes, counting=counting
    )


@pytest.mark.parametrize("as_original, counting", [(True, "reported"), (False, "executed")])
def test_a_counted_epoch_of_a_hypernetwork_is_that_of_the_formula(as_original, counting):
    sizes = {"pairs": ledger.PAIRS, "batch_size": ledger.BATCH, "num_encoders": 12}
    assert counted.decoded_epoch(12, as_original=as_original) == flops.hypernet_epoch(
        **sizes, counting=counting
    )


def test_counted_figures_are_those_of_the_ledger():
    exact = {figure.name: figure.exact for figure in ledger.figures()}
    found = counted.figures([12])
    assert found == {name: pytest.approx(exact[name], rel=1e-12) for name in found}


def test_recipes_of_both_methods_tell_their_schedule_in_words():
    apart = pd.DataFrame(
        [
            {"batch_size": 128, **of_schedule(100, how), "schedule": schedule, "accuracy_10": 1.0}
            for how, schedule in ((WARM, np.nan), (COSINE, np.nan), (CONSTANT, "constant"))
        ]
    )
    together = pd.DataFrame(
        [connectors.usual(12, 300) | {"schedule": s} for s in ("linear_warmup_cosine", "constant")]
    )
    found = recipes(apart, together)
    assert list(found.method) == ["one by one"] * 3 + ["hypernetwork, 12"] * 2
    assert list(found.schedule) == [WARM, COSINE, CONSTANT, WARM, CONSTANT]
    assert (found.executed_gflops > 0).all()


def test_the_warm_up_is_the_share_of_the_document():
    assert of_schedule(1163, WARM) == {"steps": 1163, "warmup_steps": 500}
