r"""What a tensor meets on its way through a module: sizes, receptive fields, parameters, costs.

A receptive field grows by :math:`r' = r + (k-1)\,j` at a layer with kernel k, where the jump j, the
distance in the input between neighbouring outputs, becomes :math:`j' = j s` with the stride s.
Where chains of layers meet, the largest counts. It is the theoretical one: at a border it reaches
into the padding, and it can exceed the input.
"""

from dataclasses import dataclass, replace
from math import prod

import pandas as pd
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from labbook.models.survey.fourier import FieldNorm
from labbook.models.survey.layers import Block, Layer, Network
from labbook.models.survey.modules import Concatenated, PaddedChannels, Summed
from labbook.models.survey.steerable import GatedActivation, SteerableConv

# What leaves shapes alone is not run: on the meta device, normalising takes longer than all else.
KEEPS_SHAPE = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.ReLU, FieldNorm)
CONVOLUTIONS = (nn.Conv2d, nn.Conv3d)
WEIGHTED = (*CONVOLUTIONS, nn.Linear, SteerableConv)
NAMES = {
    **dict.fromkeys(CONVOLUTIONS, "conv"), SteerableConv: "steerable conv", nn.Linear: "linear",
    **dict.fromkeys((nn.MaxPool2d, nn.MaxPool3d), "max pool"),
    **dict.fromkeys((nn.AvgPool2d, nn.AvgPool3d), "average pool"),
    **dict.fromkeys((nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d), "mean of all positions"),
    **dict.fromkeys((nn.BatchNorm2d, nn.BatchNorm3d), "batch norm"),
}  # fmt: skip
SEES_ALL = (nn.Flatten, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)
WINDOW = dict.fromkeys(("kernel", "stride", "padding", "fields"))
COLUMNS = [
    "layer", "kernel", "stride", "padding", "size", "channels", "fields",
    "receptive_field_voxels", "receptive_field_A", "parameters", "flops", "depth",
]  # fmt: skip


@dataclass(frozen=True)
class View:
    """What a position of a tensor sees of the input, for each axis, and how deep it lies.

    Arguments:
        field: side of the receptive field in voxels. jump: voxels between neighbouring positions.
        depth: layers with weights on the longest way here.
    """

    field: tuple[int, ...]
    jump: tuple[int, ...]
    depth: int = 0


def follow(module: nn.Module, x: Tensor, view: View) -> tuple[Tensor, View]:
    """The output of a module, and what it sees of the network's input.

    Arguments:
        module: of ``build``. x: its input, a meta tensor. view: what x sees.
    """
    if isinstance(module, nn.Sequential):
        for part in module:
            x, view = follow(part, x, view)
        return x, view
    if isinstance(module, Concatenated | Summed):
        ways = [follow(chain, x, view) for chain in module.chains]
        return module.join([output for output, _ in ways]), _widest([seen for _, seen in ways])
    if isinstance(module, KEEPS_SHAPE):
        return x, view
    return module(x), _step(module, x, view)


def _widest(views: list[View]) -> View:
    return View(
        tuple(max(sides) for sides in zip(*(view.field for view in views), strict=True)),
        tuple(max(jumps) for jumps in zip(*(view.jump for view in views), strict=True)),
        max(view.depth for view in views),
    )


def _step(module: nn.Module, x: Tensor, view: View) -> View:
    depth = view.depth + isinstance(module, WEIGHTED)
    if hasattr(module, "kernel_size"):
        kernel, stride = _each(module.kernel_size, view), _each(module.stride, view)
    elif isinstance(module, SEES_ALL) and x.dim() > 2:
        kernel, stride = tuple(x.shape[2:]), (1,) * len(view.jump)
    else:
        return replace(view, depth=depth)
    field = (r + (k - 1) * j for r, k, j in zip(view.field, kernel, view.jump, strict=True))
    jump = (j * s for j, s in zip(view.jump, stride, strict=True))
    return View(tuple(field), tuple(jump), depth)


def _each(extent: int | tuple[int, ...], view: View) -> tuple[int, ...]:
    return tuple(extent) if isinstance(extent, tuple) else (extent,) * len(view.jump)


def trace(network: Network, module: nn.Sequential) -> pd.DataFrame:
    """One row for each child of a network's module on the meta device, and one for the input.

    Returns:
        The columns of ``COLUMNS``: a side is a number where all axes agree, otherwise a text such
        as "16×112×112"; flops are floating-point operations for one input, two for a
        multiply-add, of convolutions and matrix products. The expansion of a steerable kernel,
        which is the same for any number of inputs, is not among them.
    """
    axes = len(network.size)
    x = torch.empty(1, network.channels, *network.size, device="meta")
    view = View((1,) * axes, (1,) * axes)
    rows = [_row(network, "input", x, view)]
    for layer, part in zip(network.layers, module, strict=True):
        before = view
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            x, view = follow(part, x, view)
        stride = tuple(b // a for a, b in zip(before.jump, view.jump, strict=True))
        kernels, padding = _windows(part)
        windowed = bool(kernels)
        rows.append(
            _row(
                network, _name(layer, part), x, view,
                kernel=", ".join(map(str, kernels)) if len(kernels) > 1 else (kernels or [None])[0],
                stride=_side(stride) if windowed else None,
                padding=padding,
                fields=_fields(part),
                parameters=sum(p.numel() for p in part.parameters()),
                flops=counter.get_total_flops(),
            )
        )  # fmt: skip
    # Without a type of their own, whole numbers with gaps between them would become decimals.
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    whole = dict.fromkeys(("channels", "parameters", "flops", "depth"), int)
    return table.astype({**whole, "receptive_field_A": float})


def _row(network, name, x, view, *, parameters=0, flops=0, **windows) -> dict:
    sides = tuple(x.shape[2:]) or (1,)
    cubic = len(set(view.field)) == 1
    angstrom = view.field[0] * network.voxel_A if network.voxel_A and cubic else None
    return {
        "layer": name, **WINDOW, **windows, "size": _side(sides), "channels": x.shape[1],
        "receptive_field_voxels": _side(view.field), "receptive_field_A": angstrom,
        "parameters": parameters, "flops": flops, "depth": view.depth,
    }  # fmt: skip


def _side(sides) -> int | str:
    """A number where all axes agree, else "16×112×112"."""
    if isinstance(sides, int | str):
        return sides
    return sides[0] if len(set(sides)) == 1 else "×".join(map(str, sides))


def _windows(part: nn.Module) -> tuple[list[int | str], int | str | None]:
    """The kernels in a row of the table, each once, and the padding where it is only one."""
    windows = [m for m in part.modules() if hasattr(m, "kernel_size")]
    main = [m for m in windows if not isinstance(m, PaddedChannels)]
    kernels = list(dict.fromkeys(_side(m.kernel_size) for m in main))
    paddings = {_side(m.padding) for m in main}
    return kernels, paddings.pop() if len(kernels) == len(paddings) == 1 else None


def _name(layer: Layer, part: nn.Module) -> str:
    """What a row is called: the name of a block, otherwise what the module is."""
    if isinstance(layer, Block):
        return layer.name
    leaf = next(m for m in part.modules() if isinstance(m, tuple(NAMES)))
    if isinstance(leaf, CONVOLUTIONS) and leaf.groups == leaf.in_channels > 1:
        return "depthwise conv"
    return NAMES[type(leaf)]


def _fields(part: nn.Module) -> str | None:
    """The irreps that come out of a steerable row, as in "8ρ0 4ρ1 2ρ2"."""
    counted = [m for m in part.modules() if isinstance(m, GatedActivation | SteerableConv)]
    if not counted:
        return None
    last = counted[-1]
    fields = last.fields if isinstance(last, GatedActivation) else last.outputs
    return " ".join(f"{count}ρ{degree}" for degree, count in enumerate(fields) if count)


def positions(size: int | str, axes: int) -> int:
    """Positions of a tensor whose side is told as in a table: 7 → 343 on three axes."""
    return size**axes if isinstance(size, int) else prod(map(int, size.split("×")))
