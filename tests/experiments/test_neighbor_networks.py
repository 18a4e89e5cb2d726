"""What the networks of the neighbor-location task cost, as rows of tables."""

import pytest

from labbook.experiments.neighbor_networks import (
    architecture_row,
    layer_rows,
    memory_row,
    plan_row,
    resnet_parts,
    resnet_row,
    seconds_per_step,
)


def test_the_chosen_resnet_has_its_parameters():
    assert resnet_row("gamma", "log", 16, None)["parameters"] == 713_979


@pytest.mark.parametrize("missing", [None, "none", float("nan")])
def test_a_missing_bottleneck_is_none(missing):
    assert resnet_row("gamma", "log", 16, missing)["inner"] == "3 5 7 11"


def test_each_bottleneck_has_its_own_widths():
    inner = [resnet_row("gamma", "log", 16, name)["inner"] for name in ("half", "quarter", "in")]
    assert inner == ["2 2 4 6", "1 1 2 3", "2 3 5 7"]


def test_smaller_views_cost_about_a_third():
    small, large = (
        resnet_row("gamma", "log", 16, None, voxels)["forward_per_pair"] for voxels in (11, 15)
    )
    assert 0.3 < small / large < 0.4


def test_parts_of_a_resnet_add_up():
    parts = resnet_parts("alpha", "expt91", 32, None).set_index("layers")
    assert parts.parameters["all"] == parts.parameters["encoder"] + parts.parameters["MLP"]
    assert parts.parameters_percent["MLP"] == pytest.approx(83.86, abs=0.01)


def test_an_architecture_is_counted_as_it_is_built():
    row = architecture_row("arch_3_width_7_repeats_1")
    assert row["parameters"] == 1_429_225
    assert row["fields"] == "7 14 14 58 58"
    assert row["kernels"] == "3 3s2 3 3s2 3"


def test_edges_begin_with_the_view_and_channels_with_the_first_convolution():
    rows = layer_rows(["arch_3_width_7_repeats_1"])
    assert rows[["family", "form"]].drop_duplicates().values.tolist() == [["#3", "narrow"]]
    curves = {
        name: of.set_index("convolutions").value.to_dict() for name, of in rows.groupby("quantity")
    }
    assert curves == {
        "edge (voxels)": {0: 21, 1: 19, 2: 9, 3: 7, 4: 3, 5: 1},
        "physical channels": {1: 245, 2: 490, 3: 490, 4: 2030, 5: 2030},
    }


def test_widths_that_the_planner_gives():
    row = plan_row("arch_2_width_7_repeats_1", 7, 58)
    assert row["planned"] == "7 7 14 29 58 117"
    assert row["follows_the_plan"] == "yes"


def test_memory_formulas_give_the_reported_figures():
    row = memory_row("arch_3_width_7_repeats_1")
    found = [round(row[name], 1) for name in ("forward_backward", "convolution", "fourier")]
    assert found == [1.2, 0.4, 0.6]


def test_plain_nonlinearities_keep_more():
    row = memory_row("arch_3_width_7_repeats_1")
    assert 0 < row["saved_percent"] < 100
    assert row["kept"] < row["kept_plain"]


@pytest.mark.parametrize("speed, seconds", [("2 /s", 0.5), ("3 s", 3.0)])
def test_a_reported_speed_is_read_both_ways(speed, seconds):
    assert seconds_per_step(speed) == seconds
