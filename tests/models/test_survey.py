"""The reviewed networks: their published counts, depths, costs and receptive fields."""

import re
from pathlib import Path

import pytest
import torch

from labbook.models.survey import (
    NETWORKS,
    build,
    caption,
    condensed,
    layer_table,
    sizes_by_depth,
    summary,
)

# Counts that are known to the digit: from papers, reference implementations, or arithmetic on them.
COUNTS = {
    "AlexNet": 62_378_344, "AlexNet-grouped": 60_965_224, "VGG-19": 143_667_240,
    "GoogLeNet": 6_624_904, "ResNet-18": 11_689_512, "ResNet-34": 21_797_672,
    "ResNet-50": 25_557_032, "ResNet-101": 44_549_160, "ResNet-152": 60_192_808,
    "ResNeXt-50": 25_028_904, "MobileNet": 4_231_976, "DenseNet-121": 7_978_856,
    "DenseNet-161": 28_681_000, "DenseNet-169": 14_149_480, "DenseNet-201": 20_013_928,
    "VoxNet": 921_736, "C3D": 79_991_015, "C3D-UCF101": 78_409_573, "GNINA": 361_378,
    "Derevyanko2018": 5_354_273, "Weiler2018-CATH": 143_560, "Cesa2022": 228_796,
}  # fmt: skip
# Parts of the others that are known to the digit: the sum over their convolutions.
CONVOLUTIONS = {
    "Torng2017": 2_711_500, "DeepSite": 819_440, "Emap2sec": 831_904, "VGG-19": 20_024_384,
    "GNINA": 306_080, "Ornate": 87_490 - 15 + 140,  # no bias of the first, 70 normalised channels
}  # fmt: skip
DEPTHS = {
    "AlexNet": 8, "GoogLeNet": 22, "VGG-19": 19, "ResNet-18": 18, "ResNet-34": 34, "ResNet-50": 50,
    "ResNet-101": 101, "ResNet-152": 152, "ResNeXt-50": 50, "MobileNet": 28, "DenseNet-121": 121,
    "DenseNet-161": 161, "DenseNet-169": 169, "DenseNet-201": 201, "Hara2018": 34,
    "Weiler2018-CATH-baseline": 34,
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_parameters_are_the_published_ones(name):
    with torch.device("meta"):
        module = build(name)
    assert sum(p.numel() for p in module.parameters()) == COUNTS[name]


@pytest.mark.parametrize("name", COUNTS)
def test_table_adds_up_to_the_published_count(name):
    assert layer_table(name).parameters.sum() == COUNTS[name] == NETWORKS[name].parameters


def test_counts_that_are_called_exact_are_those_above():
    assert {name for name, network in NETWORKS.items() if network.exact} == set(COUNTS)


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions_have_the_known_count(name):
    table = layer_table(name)
    assert table[table.layer == "conv"].parameters.sum() == CONVOLUTIONS[name]


def test_c3d_hands_on_8192_features():
    row = layer_table("C3D").iloc[13]
    assert (row["size"], row.channels) == ("1×4×4", 512)


def test_shrec17_network_has_the_142_thousand_of_its_paper():
    assert layer_table("Weiler2018").parameters.sum() // 1000 == 142


def test_cath_baseline_is_within_a_permille_of_its_paper():
    ours = layer_table("Weiler2018-CATH-baseline").parameters.sum()
    assert ours == pytest.approx(15_878_764, rel=1e-4)


@pytest.mark.parametrize("name", DEPTHS)
def test_depth_is_the_one_in_the_name(name):
    assert layer_table(name).depth.iloc[-1] == DEPTHS[name]


def test_flops_of_vgg_are_two_for_each_multiply_add():
    convs = [(3, 64), (64, 64)], [(64, 128), (128, 128)], [(128, 256), *[(256, 256)] * 3]
    convs = *convs, [(256, 512), *[(512, 512)] * 3], [(512, 512)] * 4
    sides = (224, 112, 56, 28, 14)
    pairs = [(i * o, side) for stage, side in zip(convs, sides, strict=True) for i, o in stage]
    multiply_adds = sum(9 * io * side**2 for io, side in pairs)
    multiply_adds += 25_088 * 4096 + 4096 * 4096 + 4096 * 1000
    assert layer_table("VGG-19").flops.sum() == 2 * multiply_adds


def test_groups_divide_the_flops():
    whole, parts = layer_table("AlexNet"), layer_table("AlexNet-grouped")
    assert parts.flops.iloc[3] * 2 == whole.flops.iloc[3]


# Receptive fields of the last convolution or pool, as others have computed them.
@pytest.mark.parametrize(
    ("name", "field"),
    [("AlexNet", 195), ("VGG-19", 268), ("ResNet-18", 435), ("ResNet-34", 899), ("GNINA", 36)],
)
def test_receptive_field(name, field):
    row = summary().set_index("network").loc[name]
    assert row.receptive_field_voxels == field


def test_receptive_field_in_angstrom_is_that_in_voxels_times_their_size():
    table = layer_table("GNINA")
    assert (table.receptive_field_A == table.receptive_field_voxels.astype(int) * 0.5).all()


def test_images_have_no_receptive_field_in_angstrom():
    assert layer_table("AlexNet").receptive_field_A.isna().all()


def test_sizes_of_the_steerable_example():
    table = layer_table("Cesa2022")
    assert list(table["size"][1:7]) == [33, 17, 9, 5, 3, 1]


def test_channels_within_the_blocks_of_the_steerable_example():
    with torch.device("meta"):
        module = build("Cesa2022")
    inner = [block[0].chains[0][0].out_channels for block in module[1:5]]
    assert inner == [70, 175, 175, 350]


def test_fields_of_a_steerable_layer():
    assert layer_table("Weiler2018").fields.iloc[1] == "8ρ0 4ρ1 2ρ2"


def test_equal_rows_are_told_as_one():
    table = condensed(layer_table("ResNet-152"))
    assert "35 × bottleneck block" in set(table.layer)
    assert table.parameters.sum() == 60_192_808


def test_condensed_table_leaves_out_what_is_empty():
    assert "fields" not in condensed(layer_table("VoxNet"))


def test_condensed_kernel_tells_stride_and_padding():
    assert list(condensed(layer_table("AlexNet")).kernel[1:6]) == [
        "11 s4", "3 s2", "5 p2", "3 s2", "3 p1",
    ]  # fmt: skip


def test_condensed_kernel_tells_that_the_size_is_kept():
    assert condensed(layer_table("DeepSite")).kernel[1] == "8 same"


def test_caption_tells_the_totals():
    text = "VoxNet, for objects in point clouds and CAD models: 921,736 parameters, 0.119 GFLOP."
    assert caption("VoxNet") == text


def test_every_network_has_a_row_in_the_summary():
    assert list(summary().network) == list(NETWORKS)


@pytest.mark.parametrize(
    "name, widest", [("AlexNet", 384), ("ResNet-18", 512), ("Ornate", 30), ("VoxNet", 32)]
)
def test_neither_inputs_nor_logits_are_the_width_of_a_network(name, widest):
    assert summary().set_index("network").widest[name] == widest


@pytest.mark.parametrize(
    "name, smallest, field",
    [("MobileNet", 7, 315), ("ResNet-50", 7, 427), ("Weiler2018", 16, 181), ("DeepSite", 1, 26)],
)
def test_the_smallest_size_is_that_before_all_positions_are_pooled(name, smallest, field):
    row = summary().set_index("network").loc[name]
    assert (row.smallest, row.receptive_field_voxels) == (smallest, field)


def test_at_least_24_networks_are_reviewed():
    assert summary().citation.nunique() >= 24


def test_sizes_start_at_the_input():
    assert (sizes_by_depth().groupby("network").relative_side.first() == 1).all()


def test_side_of_a_video_is_a_geometric_mean():
    first = sizes_by_depth().query("network == 'C3D'").iloc[0]
    assert first.side == pytest.approx((16 * 112 * 112) ** (1 / 3))


def test_citations_are_in_the_references():
    references = (Path(__file__).parents[2] / "docs" / "references.bib").read_text()
    keys = set(re.findall(r"@\w+\{(\w+),", references))
    assert {network.citation for network in NETWORKS.values()} <= keys


def test_unknown_name_is_told():
    with pytest.raises(KeyError, match="no reviewed network is called 'LeNet'"):
        layer_table("LeNet")
