"""Networks for videos (time x height x width) and for objects as voxels."""

from labbook.models.survey.layers import (
    Block,
    Conv,
    Depthwise,
    GlobalPool,
    Layer,
    Linear,
    Network,
    PadChannels,
    Pool,
    Shortcut,
)
from labbook.models.survey.networks.images import INCEPTIONS, inception

FRAMES = (16, 112, 112)


def _video(citation: str, year: int, layers: tuple[Layer, ...], **more) -> Network:
    more = {"size": FRAMES, "purpose": "actions in videos"} | more
    return Network(citation, year, "videos and objects", channels=3, layers=layers, **more)


def _c3d(classes: int) -> tuple[Layer, ...]:
    rows: list[Layer] = [Conv(64, 3, 1, 1), Pool("max", (1, 2, 2)), Conv(128, 3, 1, 1)]
    for channels in (256, 512, 512):
        rows += [Pool("max", 2), Conv(channels, 3, 1, 1), Conv(channels, 3, 1, 1)]
    rows.append(Pool("max", 2, 2, (0, 1, 1)))
    return (*rows, Linear(4096), Linear(4096), Linear(classes, activation=False))


def _i3d() -> tuple[Layer, ...]:
    narrow = Pool("max", (1, 3, 3), (1, 2, 2), (0, 1, 1))
    blocks = {name: inception(name, 3, norm=True) for name in INCEPTIONS}
    return (
        Conv(64, 7, 2, 3, norm=True), narrow, Conv(64, 1, norm=True),
        Conv(192, 3, 1, 1, norm=True), narrow, blocks["3a"], blocks["3b"], Pool("max", 3, 2, 1),
        *(blocks[name] for name in ("4a", "4b", "4c", "4d", "4e")), Pool("max", 2),
        blocks["5a"], blocks["5b"], Pool("average", (2, 7, 7), 1),
        Conv(400, 1, activation=False), GlobalPool(),
    )  # fmt: skip


def _resnet34() -> tuple[Layer, ...]:
    rows: list[Layer] = [Conv(64, 7, (1, 2, 2), 3, norm=True), Pool("max", 3, 2, 1)]
    for stage, count in enumerate((3, 4, 6, 3)):
        channels = 64 * 2**stage
        for index in range(count):
            stride = 2 if index == 0 and stage else 1
            body = (
                Conv(channels, 3, stride, 1, norm=True),
                Conv(channels, 3, 1, 1, norm=True, activation=False),
            )
            shortcut = (PadChannels(channels, stride),) if stride > 1 else ()
            rows.append(Block("residual block", (Shortcut(body, shortcut),)))
    return (*rows, GlobalPool(), Linear(400, activation=False))


def _mobilenet() -> tuple[Layer, ...]:
    rows: list[Layer] = [Conv(32, 3, (1, 2, 2), 1, norm=True)]
    stages = ((64, 1, 2), (128, 2, 2), (256, 2, 2), (512, 6, 2), (1024, 2, 1))
    for channels, count, stride in stages:
        for index in range(count):
            parts = (Depthwise(3, stride if index == 0 else 1, 1), Conv(channels, 1, norm=True))
            rows.append(Block("depthwise and 1x1 conv", parts))
    return (*rows, GlobalPool(), Linear(600, activation=False))


_LAYERS = "arithmetic from the paper's layers"

VIDEOS: dict[str, Network] = {
    "VoxNet": Network(
        "Maturana2015b", 2015, "videos and objects", "objects in point clouds and CAD models", 1,
        (32, 32, 32),
        (Conv(32, 5, 2), Conv(32, 3), Pool("max", 2), Linear(128), Linear(40, activation=False)),
        assumed="40 classes (ModelNet40).", sheet="VoxNet",
        parameters=921_736, parameters_source="the paper", exact=True,
    ),
    "C3D": _video(
        "Tran2015", 2014, _c3d(487), sheet="C3D",
        assumed="The last pool is padded in space by one, which gives the 8192 features that the "
        "fully connected layer takes; 487 classes (Sports-1M).",
        parameters=79_991_015, parameters_source=_LAYERS, exact=True,
    ),
    "C3D-UCF101": _video(
        "Tran2015", 2014, _c3d(101), assumed="As C3D, with 101 classes.",
        parameters=78_409_573, parameters_source=_LAYERS, exact=True,
    ),
    "I3D": _video(
        "Carreira2018", 2017, _i3d(), size=(64, 224, 224),
        assumed="One of the two streams, of colours, with the 400 classes of Kinetics; symmetric "
        "padding where the original pads one side more. Batch normalisation with scales, as in "
        "the usual port to torch.",
        parameters=12_000_000, parameters_source="the paper, for one stream",
    ),
    "Hara2018": _video(
        "Hara2018", 2017, _resnet34(),
        assumed="The 34-layer one of their 3D ResNets, with shortcuts without parameters and 400 "
        "classes, as in the published code.",
    ),
    "Kopuklu2021": _video(
        "Kopuklu2021", 2019, _mobilenet(),
        assumed="3D-MobileNet (version 1) at full width, strides from the published code, 600 "
        "classes.",
    ),
}  # fmt: skip
