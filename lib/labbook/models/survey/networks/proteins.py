"""Networks for molecules on a grid: proteins, ligands, density maps."""

from labbook.models.survey.layers import (
    Branches,
    Conv,
    GlobalPool,
    Layer,
    Linear,
    Network,
    Norm,
    Pool,
)
from labbook.models.survey.networks.images import dense_block, transition


def _molecules(
    citation: str, year: int, purpose: str, channels: int, side: int, layers: tuple[Layer, ...],
    voxel_A: float = 1.0, **more,
) -> Network:  # fmt: skip
    return Network(
        citation, year, "proteins", purpose, channels, (side,) * 3, layers, voxel_A=voxel_A, **more
    )


def _score(features: int = 1) -> Linear:
    return Linear(features, activation=False)


def _torng(outputs: int, norm: bool) -> tuple[Layer, ...]:
    conv = [Conv(channels, 3, norm=norm, bias=True) for channels in (100, 200, 400)]
    hidden = [Linear(features, norm=norm, bias=True) for features in (1000, 100)]
    pool = Pool("max", 2)
    return (conv[0], conv[1], pool, conv[2], pool, *hidden, _score(outputs))


def _normed(*shapes: tuple[int, int]) -> tuple[Layer, ...]:
    """Convolutions (channels, kernel) with a bias although batch normalisation follows."""
    return tuple(Conv(channels, kernel, norm=True, bias=True) for channels, kernel in shapes)


def _derevyanko() -> tuple[Layer, ...]:
    pool = Pool("max", 3, 2)
    return (
        Conv(16, 3), pool, Conv(32, 3), pool, Conv(32, 3), Conv(64, 3), pool, Conv(128, 3),
        Conv(128, 3), Conv(256, 3), Conv(512, 3), Pool("max", 3), Linear(256), Linear(128),
        _score(),
    )  # fmt: skip


def _densecpd(growth: int) -> tuple[Layer, ...]:
    rows: list[Layer] = [Conv(2 * growth, 3, 1, 1, norm=True)]
    channels = 2 * growth
    for index in range(3):
        rows.append(dense_block(growth, 6))
        channels += 6 * growth
        if index < 2:
            channels //= 2
            rows.append(transition(channels))
    return (*rows, Norm(), GlobalPool(), _score(20))


PROTEINS: dict[str, Network] = {
    "AtomNet": _molecules(
        "Wallach2015", 2015, "ligands that bind a protein", 4, 20,
        (
            Conv(128, 5), Conv(256, 3), Conv(256, 3), Conv(256, 3), Linear(1024), Linear(1024),
            _score(2),
        ),
        sheet="AtomNet",
        assumed="Strides of 1, no padding, 4 input channels: the paper tells kernels and widths "
        "only. Then nearly all parameters lie in the first fully connected layer, so strides or "
        "pools may well be missing here.",
    ),
    "Torng2017": _molecules(
        "Torng2017", 2017, "the amino acid in a surrounding", 4, 20, _torng(20, norm=False),
        sheet="Trong2017",
        parameters=61_100_000, parameters_source="Weiler 2018, of its own reimplementation; the "
        "paper's table of layers gives far fewer, which nobody explains",
    ),
    "GNINA": _molecules(
        "Ragoza2017", 2016, "docked ligands", 34, 48,
        (
            Pool("max", 2), Conv(32, 3, 1, 1), Pool("max", 2), Conv(64, 3, 1, 1), Pool("max", 2),
            Conv(128, 3, 1, 1), _score(2),
        ),
        voxel_A=0.5, sheet="GNINA",
        parameters=361_378, parameters_source="arithmetic from the workbook's layers and two "
        "outputs", exact=True,
    ),
    "DeepSite": _molecules(
        "Jimenez2017", 2017, "binding sites", 8, 16,
        (
            Conv(32, 8, 1, "same"), Conv(48, 4), Pool("max", 2), Conv(64, 4, 1, "same"),
            Conv(96, 4), Pool("max", 2), Linear(256), _score(),
        ),
        sheet="DeepSite",
        assumed="One hidden layer of 256 after the convolutions, ReLU for ELU. Sizes follow from "
        "the published code as the workbook read it: both pools drop voxels at the border.",
    ),
    "Derevyanko2018": _molecules(
        "Derevyanko2018", 2018, "the quality of a protein model", 11, 120, _derevyanko(),
        sheet="Derevyanko2018", assumed="Without batch normalisation.",
        parameters=5_354_273, parameters_source="arithmetic from the workbook's layers", exact=True,
    ),
    "Emap2sec": _molecules(
        "Maddhuri2019", 2019, "secondary structure in cryo-EM maps", 1, 11,
        (
            Conv(32, 4, 1, "same"), Conv(64, 3, 1, "same"), Conv(64, 3, 1, "same"),
            Conv(128, 3, 1, "same"), Conv(128, 3, 1, "same"), Pool("max", 2, ceil=True),
            Linear(1024), Linear(256), _score(3),
        ),
        sheet="Emap2sec",
        assumed="Padding, pool and fully connected layers are those of the published code. Only "
        "the first of two networks: the second corrects its classes by those of the neighbours.",
    ),
    "Ornate": _molecules(
        "Pages2019", 2019, "the quality of each residue of a model", 167, 24,
        (
            Conv(15, 1, bias=False, activation=False), *_normed((20, 3), (30, 4), (20, 4)),
            Pool("average", 4), Linear(160, norm=True, bias=True),
            Linear(1, bias=False, activation=False),
        ),
        voxel_A=0.8, sheet="Ornate",
        assumed="Normalisation and fully connected layers as in a public copy of the code (which "
        "has 169 channels of input), ReLU for softplus. Voxels of 0.8 Å from memory, not checked.",
    ),
    "DenseCPD": _molecules(
        "Qi2020", 2020, "the amino acids of a backbone", 5, 20, _densecpd(35),
        assumed="The log and the paper's summary tell three dense blocks of six bottlenecked "
        "convolutions, halved in between, the best growth rate of 35, a box of 20 Å. The first "
        "convolution (3, twice the growth), 5 input channels (backbone atoms and Cβ) and the "
        "pooled head are those of DenseNet.",
        parameters=3_000_000, parameters_source="a list of design networks (about 3 M)",
    ),
    "ProDCoNN": _molecules(
        "Zhang2020", 2020, "the amino acids of a backbone", 5, 18,
        (
            Branches(((Conv(32, 3, 1, 1),), (Conv(32, 5, 1, 2),))), Pool("max", 2),
            Conv(128, 3), Pool("max", 2), Linear(512), Linear(128), _score(20),
        ),
        assumed="The paper's abstract and the log tell a box of 18 Å, nine layers, two of them "
        "convolutions, several kernels side by side. Widths, kernels and hidden layers are "
        "stand-ins, so parameters and FLOPs tell an order of magnitude at best.",
    ),
    "DOVE": _molecules(
        "Wang2020", 2019, "docked proteins", 6, 20,
        _torng(1, norm=True), sheet="DOVE",
        assumed="Layers of the published code, ReLU for its leaky ReLU; a batch normalisation "
        "after the first pool that runs over a spatial axis (16 parameters) is left out.",
    ),
}  # fmt: skip
