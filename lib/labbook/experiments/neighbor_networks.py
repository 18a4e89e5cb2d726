"""The networks of the neighbor-location task, counted: sizes, FLOPs and memory as rows of tables.

Nothing is trained here and nothing is measured by the clock. Every function takes what names a
network and gives a dict, one row.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import pandas as pd
import torch
from torch import Tensor, nn

from labbook.models.neighbor import architecture, memory, resnet, resnet_costs, resnet_widths
from labbook.models.neighbor.layouts import layout
from labbook.models.neighbor.plain import with_plain_nonlinearities
from labbook.models.neighbor.planning import Step, plan_widths
from labbook.training.measure import count_flops, count_parameters

BATCH = 32  # pairs, as in the reports


def resnet_row(
    block: str, schedule: str, max_channels: int, bottleneck: str | None, view_voxels: int = 15
) -> dict[str, Any]:
    """Costs of a ResNet by closed formulas (:func:`labbook.models.neighbor.resnet_costs`).

    Arguments:
        bottleneck: of :func:`labbook.models.neighbor.resnet_widths`; also "none", or a table's NaN,
            for None.

    Returns:
        outer, inner (fields) and hidden; parameters, encoder_parameters; forward_per_pair and
        executed_per_pair in GFLOP.
    """
    absent = bottleneck == "none" or bottleneck != bottleneck  # NaN
    widths = resnet_widths(schedule, max_channels, None if absent else bottleneck)
    costs = resnet_costs(block, widths, view_voxels=view_voxels)
    head = costs.classifier_flops
    return {
        "outer": " ".join(map(str, widths.outer)),
        "inner": " ".join(map(str, widths.inner)),
        "hidden": widths.hidden,
        "parameters": costs.encoder_parameters + costs.classifier_parameters,
        "encoder_parameters": costs.encoder_parameters,
        "forward_per_pair": (costs.encoder_flops + head) / 1e9,
        "executed_per_pair": (costs.executed_flops + head) / 1e9,
    }


def resnet_parts(
    block: str, schedule: str, max_channels: int, bottleneck: str | None
) -> pd.DataFrame:
    """Parameters of a built ResNet and the FLOPs of 32 pairs: all, its encoder, its MLP.

    Returns:
        layers, parameters (counted on the modules) and forward_of_32_pairs (GFLOP, by formulas);
        parameters_percent and forward_percent, of all.
    """
    network = resnet(block, schedule, max_channels, bottleneck)
    costs = resnet_costs(block, resnet_widths(schedule, max_channels, bottleneck))
    encoder, mlp = costs.encoder_flops, costs.classifier_flops
    parts = {"all": (network, encoder + mlp)}
    parts |= {"encoder": (network.encoder, encoder), "MLP": (network.classifier, mlp)}
    table = pd.DataFrame(
        {
            "layers": layers,
            "parameters": count_parameters(module),
            "forward_of_32_pairs": BATCH * flops / 1e9,
        }
        for layers, (module, flops) in parts.items()
    )
    table["parameters_percent"] = 100 * table.parameters / table.parameters[0]
    table["forward_percent"] = 100 * table.forward_of_32_pairs / table.forward_of_32_pairs[0]
    return table


def architecture_row(name: str) -> dict[str, Any]:
    """Sizes and costs of an architecture, counted on the built network without numbers in it.

    Returns:
        fields, sizes and kernels ("3s2p1": of 3, stride 2, padding 1) of its layers; parameters,
        head_percent (the head's share of them); forward, GFLOP of a forward pass of 32 pairs.

    Raises:
        ValueError: an unknown name.
    """
    spec = layout(name)
    counts = _counted(name)
    return {
        "name": name,
        "fields": " ".join(map(str, spec.widths)),
        "sizes": " ".join(map(str, spec.sizes)),
        "kernels": " ".join(map(_kernel, spec.steps)),
        "parameters": counts.parameters,
        "head_percent": 100 * spec.head_parameters() / counts.parameters,
        "forward": counts.flops / 1e9,
    }


def layer_rows(names: Iterable[str]) -> pd.DataFrame:
    """Edges and channels of architectures by depth, as a figure wants them.

    Returns:
        network, family ("#0" to "#3"), form ("narrow" from 7 fields, else "other"), convolutions
        (so many before), quantity ("edge (voxels)" or "physical channels") and value.
    """
    rows = []
    for name in names:
        spec = layout(name)
        form = "narrow" if "width_7" in name else "other"
        of_network = {"network": name, "family": f"#{name[5]}", "form": form}
        edges = [spec.input_size, *spec.sizes]
        rows += [of_network | {"convolutions": n, "edge (voxels)": e} for n, e in enumerate(edges)]
        rows += [
            of_network | {"convolutions": n, "physical channels": 35 * width}
            for n, width in enumerate(spec.widths, 1)
        ]
    names = ["network", "family", "form", "convolutions"]
    return pd.DataFrame(rows).melt(names, var_name="quantity").dropna(subset="value")


def plan_row(name: str, first_fields: int, cap: int | None) -> dict[str, Any]:
    """The widths that the planner gives for the sizes of an architecture, beside those built."""
    spec = layout(name)
    sizes = [spec.input_size, *spec.sizes]
    capped = plan_widths(sizes, first_fields=first_fields, cap=cap)
    return {
        "name": name,
        "first_fields": first_fields,
        "planned": " ".join(map(str, plan_widths(sizes, first_fields=first_fields))),
        "cap": cap,
        "as_built": " ".join(map(str, spec.widths)),
        "follows_the_plan": "yes" if capped == list(spec.widths) else "no",
    }


def memory_row(name: str) -> dict[str, Any]:
    """Memory of an architecture in GB at 32 pairs: three formulas, and what autograd keeps.

    Returns:
        forward_backward, convolution and fourier (:mod:`labbook.models.neighbor.memory`); kept, by
        a forward pass, parameters not counted; kept_plain, with plain Fourier nonlinearities;
        saved_percent, of kept_plain.
    """
    spec = layout(name)
    counts = _counted(name)
    return {
        "name": name,
        "forward_backward": memory.activation_bytes(spec) / 1e9,
        "convolution": memory.filter_bytes(spec) / 1e9,
        "fourier": memory.fourier_bytes(spec) / 1e9,
        "kept": counts.kept / 1e9,
        "kept_plain": counts.kept_plain / 1e9,
        "saved_percent": 100 * (1 - counts.kept / counts.kept_plain),
    }


def seconds_per_step(speed: str) -> float:
    """Seconds from a reported speed: "2 /s" are two steps in a second, "2 s" is one step in two."""
    number, unit = speed.split()
    return 1 / float(number) if unit == "/s" else float(number)


class _Counts(NamedTuple):
    """Parameters, FLOPs of a forward pass of 32 pairs, and the bytes that autograd keeps of it."""

    parameters: int
    flops: int
    kept: int
    kept_plain: int


@cache
def _counted(name: str) -> _Counts:
    """Counts of a network on the meta device in evaluation mode; built once, for that is slow."""
    edge = layout(name).input_size
    views = torch.empty(BATCH, 2, 4, edge, edge, edge, device="meta")
    network = architecture(name).to("meta").eval()
    flops = count_flops(lambda: network(views))
    kept = _kept_bytes(network, views)
    kept_plain = _kept_bytes(with_plain_nonlinearities(network), views)
    return _Counts(count_parameters(network), flops, kept, kept_plain)


def _kept_bytes(network: nn.Module, views: Tensor) -> int:
    return memory.saved_bytes(lambda: network(views), network.parameters())


def _kernel(step: Step) -> str:
    stride = "s2" if step.stride == 2 else ""
    return f"{step.kernel_size}{stride}{f'p{step.padding}' if step.padding else ''}"
