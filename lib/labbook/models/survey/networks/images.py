"""Networks for images: classification of photographs of 224 x 224 pixels or so in 1000 classes."""

from labbook.models.survey.layers import (
    Block,
    Branches,
    Conv,
    Depthwise,
    GlobalPool,
    Layer,
    Linear,
    Network,
    Norm,
    Pool,
    Shortcut,
)

LOGITS = Linear(1000, activation=False)


def _image(citation: str, year: int, purpose: str, layers: tuple[Layer, ...], **more) -> Network:
    more = {"size": (224, 224)} | more
    return Network(citation, year, "images", purpose, 3, layers=layers, **more)


def _alexnet(groups: int) -> tuple[Layer, ...]:
    return (
        Conv(96, 11, 4), Pool("max", 3, 2),
        Conv(256, 5, 1, 2, groups=groups), Pool("max", 3, 2),
        Conv(384, 3, 1, 1), Conv(384, 3, 1, 1, groups=groups), Conv(256, 3, 1, 1, groups=groups),
        Pool("max", 3, 2), Linear(4096), Linear(4096), LOGITS,
    )  # fmt: skip


def _vgg(repeats: tuple[int, ...]) -> tuple[Layer, ...]:
    rows: list[Layer] = []
    for channels, count in zip((64, 128, 256, 512, 512), repeats, strict=True):
        rows += [Conv(channels, 3, 1, 1)] * count + [Pool("max", 2)]
    return (*rows, Linear(4096), Linear(4096), LOGITS)


# Outputs of the four branches: 1x1; 1x1 then 3x3; 1x1 then 5x5; pool then 1x1.
INCEPTIONS = {
    "3a": (64, (96, 128), (16, 32), 32), "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64), "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64), "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128), "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}  # fmt: skip


def inception(name: str, largest: int, norm: bool) -> Block:
    """The block of a name of ``INCEPTIONS``; its third branch has a kernel of ``largest``."""
    one, (three_in, three), (five_in, five), pooled = INCEPTIONS[name]
    chains = (
        (Conv(one, 1, norm=norm),),
        (Conv(three_in, 1, norm=norm), Conv(three, 3, 1, 1, norm=norm)),
        (Conv(five_in, 1, norm=norm), Conv(five, largest, 1, largest // 2, norm=norm)),
        (Pool("max", 3, 1, 1), Conv(pooled, 1, norm=norm)),
    )
    return Block(f"inception {name}", (Branches(chains),))


def _googlenet(largest: int, norm: bool) -> tuple[Layer, ...]:
    pool = Pool("max", 3, 2, ceil=True)
    last = Pool("max", 2 if norm else 3, 2, ceil=True)
    blocks = {name: inception(name, largest, norm) for name in INCEPTIONS}
    return (
        Conv(64, 7, 2, 3, norm=norm), pool, Conv(64, 1, norm=norm), Conv(192, 3, 1, 1, norm=norm),
        pool, *(blocks[name] for name in ("3a", "3b")), pool,
        *(blocks[name] for name in ("4a", "4b", "4c", "4d", "4e")), last,
        *(blocks[name] for name in ("5a", "5b")), GlobalPool(), LOGITS,
    )  # fmt: skip


def residual(channels: int, stride: int, projects: bool) -> Block:
    """Two 3x3 convolutions and a shortcut."""
    body = (
        Conv(channels, 3, stride, 1, norm=True),
        Conv(channels, 3, 1, 1, norm=True, activation=False),
    )
    shortcut = (Conv(channels, 1, stride, norm=True, activation=False),) if projects else ()
    return Block("residual block", (Shortcut(body, shortcut),))


def bottleneck(width: int, channels: int, stride: int, projects: bool, groups: int) -> Block:
    """1x1, 3x3 (in ``groups``) and 1x1 convolutions, and a shortcut; the 3x3 has the stride."""
    body = (
        Conv(width, 1, norm=True),
        Conv(width, 3, stride, 1, groups=groups, norm=True),
        Conv(channels, 1, norm=True, activation=False),
    )
    shortcut = (Conv(channels, 1, stride, norm=True, activation=False),) if projects else ()
    return Block("bottleneck block", (Shortcut(body, shortcut),))


def _resnet(repeats: tuple[int, ...], deep: bool, groups: int = 1) -> tuple[Layer, ...]:
    rows: list[Layer] = [Conv(64, 7, 2, 3, norm=True), Pool("max", 3, 2, 1)]
    for stage, count in enumerate(repeats):
        channels = 64 * 2**stage
        for index in range(count):
            first = index == 0
            stride = 2 if first and stage else 1
            if deep:
                width = channels if groups == 1 else 2 * channels
                rows.append(bottleneck(width, 4 * channels, stride, first, groups))
            else:
                rows.append(residual(channels, stride, first and stage > 0))
    return (*rows, GlobalPool(), LOGITS)


def dense_block(growth: int, count: int) -> Block:
    """``count`` times norm, 1x1 to 4 x growth, norm, 3x3 to growth, each beside what is there."""
    layer = (
        Norm(), Conv(4 * growth, 1, norm=True),
        Conv(growth, 3, 1, 1, bias=False, activation=False),
    )  # fmt: skip
    return Block(f"dense block, {count} layers", (Branches(((), layer)),) * count)


def transition(channels: int) -> Block:
    """Norm, 1x1 convolution, mean over 2x2(x2)."""
    half = Conv(channels, 1, bias=False, activation=False)
    return Block("transition", (Norm(), half, Pool("average", 2)))


def _densenet(growth: int, start: int, repeats: tuple[int, ...]) -> tuple[Layer, ...]:
    rows: list[Layer] = [Conv(start, 7, 2, 3, norm=True), Pool("max", 3, 2, 1)]
    channels = start
    for index, count in enumerate(repeats):
        rows.append(dense_block(growth, count))
        channels += growth * count
        if index < len(repeats) - 1:
            channels //= 2
            rows.append(transition(channels))
    return (*rows, Norm(), GlobalPool(), LOGITS)


def _mobilenet() -> tuple[Layer, ...]:
    rows: list[Layer] = [Conv(32, 3, 2, 1, norm=True)]
    for channels, stride in (
        (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2),
        (1024, 1),
    ):  # fmt: skip
        rows += [Depthwise(3, stride, 1), Conv(channels, 1, norm=True)]
    return (*rows, Pool("average", 7), LOGITS)


CLASSES = "photographs of objects"
_COUNT = "count of the reference implementation in torchvision"
_RESNETS = {
    "ResNet-18": ((2, 2, 2, 2), False, 11_689_512), "ResNet-34": ((3, 4, 6, 3), False, 21_797_672),
    "ResNet-50": ((3, 4, 6, 3), True, 25_557_032), "ResNet-101": ((3, 4, 23, 3), True, 44_549_160),
    "ResNet-152": ((3, 8, 36, 3), True, 60_192_808),
}  # fmt: skip
_DENSENETS = {
    "DenseNet-121": (32, 64, (6, 12, 24, 16), 7_978_856),
    "DenseNet-169": (32, 64, (6, 12, 32, 32), 14_149_480),
    "DenseNet-201": (32, 64, (6, 12, 48, 32), 20_013_928),
    "DenseNet-161": (48, 96, (6, 12, 36, 24), 28_681_000),
}

IMAGES: dict[str, Network] = {
    "AlexNet": _image(
        "Krizhevsky2012", 2012, CLASSES, _alexnet(1), size=(227, 227), sheet="AlexNet",
        assumed="All channels see each other: the original splits three layers between two GPUs "
        "(see AlexNet-grouped). 227 pixels, as 224 don't fit the sizes that the paper gives.",
        parameters=62_378_344, parameters_source="arithmetic from the paper's layers", exact=True,
    ),
    "AlexNet-grouped": _image(
        "Krizhevsky2012", 2012, CLASSES, _alexnet(2), size=(227, 227),
        assumed="227 pixels, as 224 don't fit the sizes that the paper gives.",
        parameters=60_965_224, parameters_source="arithmetic from the paper's layers, which says "
        "60 million", exact=True,
    ),
    "GoogLeNet": _image(
        "Szegedy2014", 2014, CLASSES, _googlenet(3, norm=True),
        assumed="The form whose count is known exactly: batch normalisation, 3x3 in the branch "
        "that is 5x5 in the paper (see GoogLeNet-5x5), no classifiers half way.",
        parameters=6_624_904, parameters_source=_COUNT, exact=True,
    ),
    "GoogLeNet-5x5": _image(
        "Szegedy2014", 2014, CLASSES, _googlenet(5, norm=False),
        assumed="As in the paper, without the two classifiers that helped in training.",
        parameters=6_800_000, parameters_source="sum of the paper's table",
    ),
    "VGG-19": _image(
        "Simonyan2015", 2014, CLASSES, _vgg((2, 2, 4, 4, 4)), sheet="VGG-19",
        parameters=143_667_240, parameters_source="arithmetic from the paper's layers, which says "
        "144 million", exact=True,
    ),
    **{
        name: _image(
            "He2015", 2015, CLASSES, _resnet(repeats, deep),
            assumed="The stride of a bottleneck stands at its 3x3 convolution, as in torchvision; "
            "in the paper it stands at the first 1x1." if deep else "",
            parameters=count, parameters_source=_COUNT, exact=True,
        )
        for name, (repeats, deep, count) in _RESNETS.items()
    },
    "ResNeXt-50": _image(
        "Xie2017", 2016, CLASSES, _resnet((3, 4, 6, 3), True, groups=32),
        parameters=25_028_904, parameters_source=f"{_COUNT}; the paper says 25.0 million",
        exact=True,
    ),
    "MobileNet": _image(
        "Howard2017", 2017, CLASSES, _mobilenet(), sheet="MobileNet",
        assumed="The last depthwise stride is 1: the paper's table says 2, which doesn't fit its "
        "sizes.",
        parameters=4_231_976, parameters_source="arithmetic from the paper's layers with batch "
        "normalisation; the paper says 4.2 million", exact=True,
    ),
    **{
        name: _image(
            "Huang2018", 2016, CLASSES, _densenet(growth, start, repeats),
            parameters=count, parameters_source=_COUNT, exact=True,
        )
        for name, (growth, start, repeats, count) in _DENSENETS.items()
    },
}  # fmt: skip
