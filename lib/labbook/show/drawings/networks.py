"""The networks of the experiments, drawn: an encoder with mixers, residual blocks, connectors."""

from labbook.show.drawings.flow import figure_of_cubes, figure_of_flow

# For MNIST, with mixers at 2, 3 and 4: patches × features.
MIXER_ENCODER = (
    "image\n1×28×28", "patches\n16×49", "linear 1\n16×64", "linear 2\n16×64", "mixer\n16×64",
    "linear 3\n16×64", "mixer\n16×64", "linear 4\n16×16", "mixer\n16×16", "head\n256→16",
)  # fmt: skip
RESIDUAL = (3, 4, 5, 6, 8)
BLOCKS = {
    "alpha": ("convolution,\nnorm", "gates", "convolution,\nnorm", "leaky hard\nshrink"),
    "gamma": (
        "convolution,\nnorm", "tensor\nproduct", "linear map\nback", "convolution,\nnorm",
        "first Hermite\nfunction",
    ),
}  # fmt: skip
NONLINEAR = ("gates", "leaky", "tensor", "first")
CONNECTOR = ("W t + b", "length 1", "logits with\nimages x")
CONNECTORS = {
    "one by one": ("text t", *CONNECTOR),
    "hypernetwork": ("condition\ne + s", "MLP", "rows of\nW and b", *CONNECTOR),
}


def figure_of_mixer_encoder():
    """A matplotlib figure of the encoder of an autoencoder with mixers."""
    skips = {"encoder": [(place, place) for place in RESIDUAL]}
    return figure_of_flow({"encoder": MIXER_ENCODER}, marked=["mixer"], skips=skips)


def figure_of_blocks():
    """A matplotlib figure of the residual blocks alpha and gamma of a steerable network."""
    return figure_of_flow(BLOCKS, marked=NONLINEAR, skips={"alpha": [(0, 2)], "gamma": [(0, 3)]})


def figure_of_resnet():
    """A matplotlib figure of the grids of a residual network for views of 15 voxels."""
    blocks = [f"block {number}" for number in (1, 2, 3, 4)]
    parts = ["view", "first\nconv.", *blocks, "last\nconv."]
    sizes = [15, 13, 13, 7, 7, 4, 1]
    labels = [f"{part}\n{size}³" for part, size in zip(parts, sizes, strict=True)]
    return figure_of_cubes(sizes, labels)


def figure_of_connectors():
    """A matplotlib figure of a connector by itself, and of one that a hypernetwork makes."""
    return figure_of_flow(CONNECTORS, marked=["W t", "MLP", "condition"])
