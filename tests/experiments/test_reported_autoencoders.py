"""The reported networks: all are built, all are trials that our records know."""

from pathlib import Path

import pandas as pd
import pytest
import torch

from labbook.data import images
from labbook.experiments import reported_autoencoders
from labbook.experiments.autoencoders import train_mixer
from labbook.log.records.folder import read_records

ROOT = Path(__file__).parents[2]
FILE = ROOT / "notebooks" / "reported" / "mixer_autoencoder.csv"


@pytest.fixture(scope="module")
def rows():
    return reported_autoencoders.read(FILE)


def test_every_network_has_the_reported_number_of_parameters(rows) -> None:
    assert len(rows) == 62
    assert rows["parameters"].tolist() == rows["reported_parameters"].tolist()


def test_the_long_trainings_are_those_of_the_best_networks(rows) -> None:
    long = reported_autoencoders.read(FILE.with_name("mixer_autoencoder_long.csv"))
    assert long["parameters"].tolist() == long["reported_parameters"].tolist()
    recipe = {"inputs": 6_200_000, "period_inputs": 10_000_000, "learning_rate": 0.0003}
    for at_length, parameters in zip(long["configuration"], long["parameters"], strict=True):
        (plain,) = rows[rows["parameters"] == parameters]["configuration"]
        assert at_length == plain | recipe


@pytest.mark.parametrize(
    ("mixer", "dead"),
    [
        # Kernels of 7, 9, 11, 13. With patches as channels the grid is 8 x 8 after the second and
        # third layer, 4 x 4 after the fourth: 2 * 256 * (k^2 - 49) weights beyond its reach.
        ("cnn2d", [0, 16_384, 36_864, 61_440]),
        # The flipped convolution runs on the 4 x 4 patches at all three: the same, and
        # 2 * (64^2 + 64^2 + 16^2) * (k^2 - 49) more.
        ("cnn2df", [0, 557_056, 1_253_376, 2_088_960]),
        ("cnnf", [0, 0, 0, 0]),
    ],
)
def test_weights_that_never_meet_data(rows, mixer, dead) -> None:
    kinds = rows[(rows["table"] == "mixer types") & (rows["mixer"] == mixer)]
    by_kernel = kinds.set_index(kinds["kernel_size"].astype(int))["dead_parameters"]
    assert by_kernel[[7, 9, 11, 13]].tolist() == dead


def test_dead_weights_have_no_gradient(rows) -> None:
    (row,) = rows[(rows["mixer"] == "cnn2df") & (rows["reported_parameters"] == 1_526_993)].to_dict(
        "records"
    )
    network = reported_autoencoders.build(row)
    network(torch.rand(2, 1, 28, 28)).square().sum().backward()
    without = sum(int((p.grad == 0).sum()) for p in network.parameters() if p.dim() == 4)
    assert without == reported_autoencoders.dead(network) == 557_056


def test_a_training_at_rate_0_ends_with_the_untrained_weights(rows, monkeypatch) -> None:
    digits = images.load("digits", "train").image_shape
    monkeypatch.setitem(reported_autoencoders.SHAPES, "digits", digits)
    row = rows[rows["mixer_at"] == "1 2 3 4"].iloc[0].to_dict()
    row |= {"dataset": "digits", "patch_size": 2, "learning_rate": 0.0}
    configuration = reported_autoencoders.configuration(row) | {"inputs": 64, "seed": 3}
    kept = train_mixer(**configuration)["artifacts"]["mixer_weights"]
    assert (reported_autoencoders.untrained_mixer_weights(row, 3).numpy() == kept).all()


def test_a_plan_has_several_seeds_where_they_are_wanted(rows) -> None:
    def several(asked):
        return asked["table"] == "cnn baseline" and asked["kernel_size"] == 5

    table = rows[rows["table"] == "cnn baseline"]
    plan = reported_autoencoders.plan(table, [0, 1, 2], several, inputs=64)
    assert plan[["kernel_size", "seed"]].astype(int).to_numpy().tolist() == [
        [9, 0], [7, 0], [3, 0], [5, 0], [5, 1], [5, 2],
    ]  # fmt: skip
    assert plan["point"].iloc[-1] == {
        "inputs": 64, "dataset": "mnist", "learning_rate": 0.0003, "kernel_size": 5, "seed": 2,
    }  # fmt: skip


def test_reported_figures_stand_beside_each_trial(rows) -> None:
    table = rows[rows["table"] == "scripts"]
    plan = reported_autoencoders.plan(table, [0, 1], lambda asked: True)
    found = pd.DataFrame({"seed": plan["seed"].to_list(), "outcome": "planned"})
    both = reported_autoencoders.beside(found, plan)
    assert both.columns[0] == "table" and both["row"].tolist() == [60, 60, 61, 61]
    assert both["parameters"].tolist() == [3_248_612, 3_248_612, 15_446_750, 15_446_750]
    assert both["reported_validation_loss"].iloc[-1] == 0.00232538
    assert both["validation_loss"].isna().all()


def test_published_records_are_trials_of_reported_rows(rows) -> None:
    ours = ("seed", "dtype")  # what no row tells
    revisions = ("activated", "linear encoder mixers")
    known = rows["configuration"].to_list() + [
        configuration | {"revision": revision}
        for configuration in rows["configuration"]
        for revision in revisions
        if "revision" in configuration
    ]
    published = [r for r in read_records("mixer_autoencoder", root=ROOT) if r.origin == "published"]
    of_rows = [r for r in published if r.configuration["inputs"] == reported_autoencoders.INPUTS]
    odd = [
        record.key
        for record in of_rows
        if {k: v for k, v in record.configuration.items() if k not in ours} not in known
    ]
    assert of_rows and not odd
