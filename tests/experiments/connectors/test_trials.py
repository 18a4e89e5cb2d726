"""What a trial of connectors does, at the smallest scale: what it returns, what it starts from."""

import numpy as np
import pytest
import torch
from tests.experiments.connectors.conftest import FOUR, HYPERNET, SCALE, run_all

from labbook.experiments import connectors
from labbook.experiments.connectors import unseen
from labbook.experiments.connectors.arrays import kept
from labbook.experiments.connectors.inputs import zero_shot
from labbook.experiments.connectors.training import trained
from labbook.log import trials

ZOO = {"num_encoders": 12, "hypernet_steps": 3}
TASKS = ["accuracy_10", "accuracy_80", "accuracy_320"]
ONE_BY_ONE = {
    "width": 48, "batch_size": 64, "steps": 6, "learning_rate": 0.01, "warmup_steps": 0,
    "weight_decay": 0.0,
}  # fmt: skip
AUTO = {"start": "mean", "num_pairs": 100, "steps": 2, "batch_size": 64, "learning_rate": 0.03}


def test_embeddings_have_length_one(in_log):
    arrays = kept(connectors.train_encoders, **SCALE, width=96, kinds=FOUR, initialisation=0)
    lengths = np.linalg.norm(arrays["patches24_pairs"].astype(np.float32), axis=1)
    assert arrays["patches24_pairs"].shape == (256, 96)
    assert lengths == pytest.approx(np.ones(256), abs=2e-3)


def test_texts_and_tasks_have_the_sizes_of_the_zoo(in_log):
    arrays = kept(connectors.write_texts, pairs=256, seed=0)
    assert arrays["texts"].shape == (256, 96)
    assert [arrays[f"prompts_{classes}"].shape for classes in (10, 80, 320)] == [
        *((10, 96), (80, 96), (320, 96)),
    ]


def test_near_and_drifted_encoders_are_not_the_same(in_log):
    table = run_all(connectors.tune_encoders, trials.grid(relation=["near", "drifted"]))
    near, drifted = (kept(connectors.tune_encoders, **SCALE, relation=r) for r in table.relation)
    assert not np.array_equal(near["pairs_48"], drifted["pairs_48"])


def test_a_near_encoder_is_nearer_to_its_ancestor_than_a_drifted_one(in_log):
    ancestor = kept(connectors.train_encoders, **SCALE, width=48, kinds=FOUR, initialisation=0)
    cosines = [
        (tuned["test_48"] * ancestor["patches24_test"].astype(np.float32)).sum(1).mean()
        for tuned in (
            kept(connectors.tune_encoders, **SCALE, relation=relation)
            for relation in ("near", "drifted")
        )
    ]
    assert cosines[0] > cosines[1]


def test_zero_shot_is_a_percentage_and_the_mean_over_encoders():
    prompts, labels = torch.eye(3), torch.tensor([0, 1, 2, 2])
    tests = [torch.eye(3)[[0, 1, 2, 0]], torch.eye(3)[[0, 0, 0, 0]]]
    assert zero_shot([torch.nn.Identity()] * 2, tests, {3: (prompts, labels)}) == {
        "accuracy_3": (75 + 25) / 2
    }


def test_arrays_that_nobody_has_made_are_asked_for(in_log):
    with pytest.raises(FileNotFoundError, match="^no arrays of write_texts with .*: run it"):
        kept(connectors.write_texts, pairs=300, seed=0)


def test_an_argument_that_has_its_default_leads_to_the_same_arrays(in_log):
    named = kept(connectors.write_texts, pairs=256, seed=0, zoo="digits", text="tfidf")
    assert np.array_equal(named["texts"], kept(connectors.write_texts, pairs=256, seed=0)["texts"])


def test_connectors_one_by_one_report_each_task(in_log):
    table = run_all(connectors.train_separate, [ONE_BY_ONE])
    assert table[TASKS].notna().all(axis=None) and table.parameters[0] == 4 * (96 * 48 + 48)


def test_a_constant_rate_is_another_training_than_a_cosine(in_log):
    table = run_all(connectors.train_separate, [ONE_BY_ONE, ONE_BY_ONE | {"schedule": "constant"}])
    assert table.train_loss.nunique() == 2


def test_a_hypernetwork_reports_the_mean_over_the_widths(in_log):
    row = run_all(connectors.train_hypernetwork, [HYPERNET]).iloc[0]
    each = [row[f"accuracy_10_width_{width}"] for width in connectors.Zoo.widths]
    assert row.accuracy_10 == pytest.approx(np.mean(each))


def test_a_trained_hypernetwork_is_read_back_as_it_was(in_log):
    model = trained(12, 3, **SCALE, zoo="digits", text="tfidf")
    weights = kept(connectors.train_hypernetwork, **HYPERNET, **SCALE)["weights"]
    own = torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
    assert np.array_equal(own, weights)


@pytest.mark.parametrize("relation", connectors.Zoo.unseen)
def test_auto_decoding_trains_a_condition_for_each_width(in_log, relation):
    row = run_all(connectors.align, [ZOO | AUTO | {"relation": relation}]).iloc[0]
    assert row[[f"start_{task}" for task in TASKS]].notna().all() and row.parameters == 3 * 16


def test_a_look_up_tells_the_share_of_widths_where_it_found_the_first_encoder(in_log):
    grid = [ZOO | {"relation": "near", "num_pairs": 32, "lengths": [1, 2]}]
    row = run_all(connectors.align_otherwise, grid).iloc[0]
    assert 1 <= row.best_steps <= 2 and row.looked_up_first in (0, 1 / 3, 2 / 3, 1)


@pytest.mark.parametrize(
    "function, settings",
    [(connectors.align, AUTO), (connectors.align_otherwise, {"lengths": [2]})],
    ids=["align", "align_otherwise"],
)
def test_an_unseen_encoder_is_connected_by_its_first_pairs_alone(
    in_log, monkeypatch, function, settings
):
    configuration = SCALE | ZOO | settings | {"relation": "near", "num_pairs": 32}
    expected, real = function(**configuration)["metrics"], unseen.unseen_of

    def without_others(*arguments):
        of_pairs, test = real(*arguments)
        return np.concatenate([of_pairs[:32], 0 * of_pairs[32:]]), test

    monkeypatch.setattr(unseen, "unseen_of", without_others)
    assert function(**configuration)["metrics"] == expected


def test_an_unknown_relation_of_an_encoder_is_told():
    with pytest.raises(ValueError, match="one of near, drifted, got 'close'"):
        connectors.tune_encoders(**SCALE, relation="close")


def test_an_unknown_start_of_a_condition_is_told():
    with pytest.raises(ValueError, match="one of mean, family, random, got 'familly'"):
        connectors.align(**SCALE | ZOO | AUTO | {"relation": "near", "start": "familly"})


def test_plain_gradient_descent_at_the_original_rate_hardly_moves_the_condition(in_log):
    grid = [ZOO | {"optimiser": o, "learning_rate": 1e-5, "steps": 20} for o in ("adam", "sgd")]
    moved = run_all(connectors.align_as_original, grid).set_index("optimiser").moved
    assert moved["sgd"] < 1e-5 < moved["adam"]
