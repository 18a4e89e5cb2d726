"""The reviewed networks as modules and as tables: one by one, and all of them together."""

import functools
import warnings

import pandas as pd
import torch
from torch import nn

from labbook.models.survey.build import assemble
from labbook.models.survey.layers import Network
from labbook.models.survey.networks import NETWORKS
from labbook.models.survey.trace import positions, trace

# What rows must share to be told as one.
SAME = ["layer", "kernel", "stride", "padding", "size", "channels"]


def _network(name: str) -> Network:
    if name not in NETWORKS:
        raise KeyError(f"no reviewed network is called {name!r}; there are {', '.join(NETWORKS)}.")
    return NETWORKS[name]


def build(name: str) -> nn.Sequential:
    """The module of a reviewed network: one child for each row of its table.

    It takes (B, C, …) as ``NETWORKS[name]`` tells and gives (B, outputs), or (B, outputs, 1, …)
    where the last layer is a mean. Under ``torch.device("meta")`` it has shapes only, and takes
    milliseconds.

    Raises:
        KeyError: no such network.
    """
    return assemble(_network(name)).eval()


@functools.cache
def _traced(name: str) -> pd.DataFrame:
    network = _network(name)
    with torch.device("meta"), warnings.catch_warnings():
        # Even kernels that keep the size (DeepSite, Emap2sec) pad one side more, as they should.
        warnings.filterwarnings("ignore", "Using padding='same' with even kernel lengths")
        return trace(network, assemble(network).eval())


def layer_table(name: str) -> pd.DataFrame:
    """The layers of a reviewed network, each a row, by tracing its module on the meta device.

    Returns:
        ``layer``, ``kernel``, ``stride``, ``padding``, ``size`` and ``channels`` (of the output),
        ``fields`` (irreps of a steerable layer by degree, "8ρ0 4ρ1 2ρ2"),
        ``receptive_field_voxels`` (pixels of an image), ``receptive_field_A`` (where voxels have a
        size), ``parameters``, ``flops`` (two for a multiply-add, one input), ``depth`` (layers with
        weights so far). Sides that differ between axes are a text, "16×112×112".

    Raises:
        KeyError: no such network.
    """
    return _traced(name).copy()


def condensed(table: pd.DataFrame) -> pd.DataFrame:
    """A layer table for a page: equal rows that follow each other are one, with their number.

    ``kernel`` tells stride and padding too, where they are not 1 and 0: "3 s2 p1". Parameters and
    FLOPs are added up, the latter in ``MFLOP`` to three figures or one decimal place; the receptive
    field is that of the last. Columns that would be empty are left out.
    """
    keys = table[SAME].map(str).agg("|".join, axis=1)
    group = (keys != keys.shift()).cumsum()
    rows = []
    for _, part in table.groupby(group, sort=False):
        last = part.iloc[-1]
        rows.append(
            {
                "layer": f"{len(part)} × {last.layer}" if len(part) > 1 else last.layer,
                "kernel": _window(last), "size": last["size"], "channels": last.channels,
                "fields": last.fields, "receptive_field_voxels": last.receptive_field_voxels,
                "receptive_field_A": _whole(last.receptive_field_A),
                "parameters": int(part.parameters.sum()),
                "MFLOP": _whole(round(float(f"{part.flops.sum() / 1e6:.3g}"), 1)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, dtype=object).dropna(axis=1, how="all")


def _window(row: pd.Series) -> str | None:
    """Kernel, stride and padding in one: "3 s2 p1", "8 same", "1, 3"."""
    if row.kernel is None:
        return None
    stride = f" s{row.stride}" if row.stride != 1 else ""
    padding = "" if row.padding in (None, 0) else f" p{row.padding}"
    return f"{row.kernel}{stride}{' same' if row.padding == 'same' else padding}"


def _whole(value: float) -> float | int:
    """12.0 as 12, so that it is not told with decimals."""
    return int(value) if float(value).is_integer() else value


def caption(name: str) -> str:
    """What stands over the table of a reviewed network: what it is for, and its totals."""
    network, table = _network(name), layer_table(name)
    return (
        f"{name}, for {network.purpose}: {table.parameters.sum():,} parameters, "
        f"{table.flops.sum() / 1e9:.3g} GFLOP."
    )


def summary() -> pd.DataFrame:
    """All reviewed networks: what they are, what they cost, how far and how deep they look.

    Returns:
        ``network``, ``citation``, ``year``, ``group``, ``input``, ``channels``, ``voxel_A``,
        ``depth``, ``widest`` (most channels after a convolution, a block or a pool), ``smallest``
        (size before the first fully connected layer, or before all positions are pooled into one),
        ``receptive_field_voxels`` and ``receptive_field_A`` (there), ``parameters``,
        ``linear_share`` (of the parameters, in fully connected layers), ``flops``,
        ``reported_parameters``, ``exact``, ``source``, ``assumed``.
    """
    return pd.DataFrame([_summary_row(name, network) for name, network in NETWORKS.items()])


def _summary_row(name: str, network: Network) -> dict:
    table = layer_table(name)
    grid = _on_a_grid(table)
    local = grid.iloc[-1]
    linear = table[table.layer == "linear"].parameters.sum()
    return {
        "network": name, "citation": network.citation, "year": network.year,
        "group": network.group, "input": table["size"].iloc[0], "channels": network.channels,
        "voxel_A": network.voxel_A, "depth": int(table.depth.iloc[-1]),
        "widest": int(grid.channels.max()), "smallest": local["size"],
        "receptive_field_voxels": local.receptive_field_voxels,
        "receptive_field_A": local.receptive_field_A,
        "parameters": int(table.parameters.sum()),
        "linear_share": float(linear / table.parameters.sum()),
        "flops": int(table.flops.sum()), "reported_parameters": network.parameters,
        "exact": network.exact, "source": network.parameters_source, "assumed": network.assumed,
    }  # fmt: skip


def _on_a_grid(table: pd.DataFrame) -> pd.DataFrame:
    """The layers of a network whose output still has places; without the input.

    A pool as large as its own input is one of all positions, as a mean of them is.
    """
    pools_all = table.layer.str.endswith(" pool") & (table.kernel == table["size"].shift())
    return table[~table.layer.isin(["linear", "mean of all positions", "input"]) & ~pools_all]


def sizes_by_depth() -> pd.DataFrame:
    """What a figure of sizes by depth draws: a point for each row of each table.

    Returns:
        ``network``, ``group``, ``depth``, ``layer``, ``side`` (the geometric mean of the axes, in
        voxels), ``relative_side`` (to the input), ``channels``, ``values`` (numbers in the tensor).
    """
    parts = []
    for name, network in NETWORKS.items():
        table = layer_table(name)
        axes = len(network.size)
        count = table["size"].map(functools.partial(positions, axes=axes))
        part = table[["depth", "layer", "channels"]].assign(
            network=name, group=network.group, side=count ** (1 / axes),
            values=count * table.channels,
        )  # fmt: skip
        part["relative_side"] = part.side / part.side.iloc[0]
        parts.append(part)
    columns = ["network", "group", "depth", "layer", "side", "relative_side", "channels", "values"]
    return pd.concat(parts, ignore_index=True)[columns]
