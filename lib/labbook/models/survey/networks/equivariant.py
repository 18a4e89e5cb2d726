r"""Steerable networks: features are fields of irreps of SO(3), kernels have few weights.

The published counts of three of them come out to the digit: 143 560 of the CATH network and
228 796 of escnn's example; the SHREC17 network has 142 617, which the paper gives as 142 k.
"""

from labbook.models.survey.layers import (
    Block,
    Blur,
    Conv,
    FourierELU,
    GlobalPool,
    Layer,
    Linear,
    Network,
    Pool,
    Shortcut,
    Steerable,
)

Fields = tuple[int, ...]


def _weiler_shrec17() -> tuple[Layer, ...]:
    stages: list[Fields] = [(8, 4, 2)] * 2 + [(16, 8, 4)] * 2 + [(32, 16, 8)] * 3 + [(512,)]
    convs = [
        Steerable(fields, 5, 2 - index % 2, 4, gated=True) for index, fields in enumerate(stages)
    ]
    return (*convs, Pool("average", 16), Linear(55, activation=False))


def _weiler_block(before: Fields, first: Fields, last: Fields, downsample: bool) -> Block:
    """A gated and a plain steerable convolution; the shortcut is steerable where fields change."""
    pool = (Pool("average", 3, 2, 1),) if downsample else ()
    body = (Steerable(first, 3, 1, 1, gated=True), *pool, Steerable(last, 3, 1, 1))
    shortcut = (Steerable(last, 3, 1, 1), *pool) if downsample or before != last else ()
    return Block("steerable residual block", (Shortcut(body, shortcut, activation=False),))


def _weiler_cath() -> tuple[Layer, ...]:
    before: Fields = (2,) * 4
    rows: list[Layer] = [Steerable(before, 7, 1, 3, gated=True)]
    for stage, count in enumerate((3, 4, 6, 3)):
        fields = (2 * 2**stage,) * 4
        for index in range(count):
            last: Fields = (256,) if stage == 3 and index == 2 else fields
            rows.append(_weiler_block(before, fields, last, stage > 0 and index == 0))
            before = last
    return (*rows, GlobalPool(), Linear(10, activation=False))


def _cath_baseline() -> tuple[Layer, ...]:
    rows: list[Layer] = [Conv(32, 7, 1, 3, norm=True)]
    for stage, count in enumerate((3, 4, 6, 3)):
        channels = 32 * 2**stage
        for index in range(count):
            stride = 2 if index == 0 and stage else 1
            body = (
                Conv(channels, 3, stride, 1, norm=True),
                Conv(channels, 3, 1, 1, norm=True, activation=False),
            )
            projection = (Conv(channels, 1, stride, norm=True, activation=False),)
            shortcut = projection if stride > 1 else ()
            rows.append(Block("residual block", (Shortcut(body, shortcut),)))
    return (*rows, GlobalPool(), Linear(10, activation=False))


def times(count: int, fields: Fields) -> Fields:
    """So many copies of a representation."""
    return tuple(count * multiplicity for multiplicity in fields)


REGULAR = (1, 3, 5)  # the regular representation of SO(3) up to a band limit of 2
SQUARE = (2, 2, 1)  # 1 + ρ1 + ρ1⊗ρ1
CUBE = (3, 5, 3, 1)  # 1 + ρ1 + ρ1⊗ρ1 + ρ1⊗ρ1⊗ρ1


def _cesa_block(regular: int, fields: Fields) -> Block:
    body = (
        Steerable(times(regular, REGULAR), 3, 1, 1, cutoff="escnn"), FourierELU(2, 96),
        Steerable(fields, 3, 2, 1, cutoff="escnn"),
    )  # fmt: skip
    shortcut = (Blur(3, 2, 1), Steerable(fields, 1, cutoff="escnn"))
    return Block("steerable residual block", (Shortcut(body, shortcut, activation=False),))


def _cesa() -> tuple[Layer, ...]:
    return (
        Steerable(times(3, SQUARE), 5, 1, 2, cutoff="escnn"),
        _cesa_block(2, times(2, CUBE)), _cesa_block(5, times(6, CUBE)),
        _cesa_block(5, times(12, CUBE)), _cesa_block(10, times(8, CUBE)),
        Steerable(times(128, (1, 1, 1)), 3, cutoff="escnn"),
        Block("ELU on the sphere, mean", (FourierELU(2, 24, "sphere", norm=False, mean=True),)),
        Linear(256, norm=True), Linear(128, norm=True), Linear(10, activation=False),
    )  # fmt: skip


EQUIVARIANT: dict[str, Network] = {
    "Weiler2018": Network(
        "Weiler2018", 2018, "equivariant", "objects as voxels (SHREC17)", 1, (64,) * 3,
        _weiler_shrec17(), sheet="Weiler2018",
        assumed="Layers of the published code: scalars and gates have a bias, batch normalisation "
        "has no parameters, shells carry degrees up to 0, 3, 5.",
        parameters=142_000, parameters_source="the paper",
    ),
    "Weiler2018-CATH": Network(
        "Weiler2018", 2018, "equivariant", "the architecture class of a protein (CATH)", 1,
        (50,) * 3, _weiler_cath(), voxel_A=2.0,
        assumed="Layers of the published code; strides are means over 3x3x3 voxels.",
        parameters=143_560, parameters_source="the paper", exact=True,
    ),
    "Weiler2018-CATH-baseline": Network(
        "Weiler2018", 2018, "proteins", "the architecture class of a protein (CATH)", 1,
        (50,) * 3, _cath_baseline(), voxel_A=2.0,
        assumed="A 3D ResNet-34 of half the width. The paper's count is 958 below ours, which we "
        "can't explain.",
        parameters=15_878_764, parameters_source="the paper",
    ),
    "Cesa2022": Network(
        "Cesa2022", 2022, "equivariant", "objects as voxels (escnn's example)", 1, (33,) * 3,
        _cesa(),
        assumed="The example that comes with escnn, ReLU for ELU in the last layers. Fields are "
        "written as irreps; the tensor products are these in another basis.",
        parameters=228_796, parameters_source="the log of an earlier run of the example",
        exact=True,
    ),
}  # fmt: skip
