r"""What the networks of the neighbor-location task need in memory: three formulas, and a count.

The formulas are those behind three columns that were reported for architectures #0 to #3, found by
their agreement with every printed digit: single precision, batches of 32 pairs of views, 10^9 bytes
to the GB. None is a total: the first leaves out whatever is no output of a batch norm, the other
two are the size of one tensor. What a step really holds until its backward pass is counted by
:func:`saved_bytes`.
"""

from collections.abc import Callable, Iterable

import torch

from labbook.models.neighbor.layers.fields import regular_field
from labbook.models.neighbor.layouts import Layout

BYTES = 4  # of a number in single precision
VIEWS = 2
GRID_POINTS = 96  # rotations on which the Fourier nonlinearity samples
FIELD = regular_field().size


def activation_bytes(layout: Layout, batch_size: int = 32) -> int:
    r"""The column "forward/backward": outputs of batch norms, twice (values and gradients).

    .. math:: 4 \cdot 2 \cdot 2 B \cdot 35 \sum_{i < n} w_i d_i^3

    with batches of B pairs, widths :math:`w_i` in fields and edges :math:`d_i` in voxels. The last
    layer has no batch norm. Torchinfo, which gave the reported figures, counts the outputs of those
    modules alone that have parameters and no submodules.
    """
    values = sum(w * d**3 for w, d in zip(layout.widths[:-1], layout.sizes[:-1], strict=True))
    return BYTES * 2 * VIEWS * batch_size * FIELD * values


def filter_bytes(layout: Layout) -> int:
    r"""The column "convolution": the largest expanded filter,
    :math:`\max_{i > 1} 4 (35 w_{i-1}) (35 w_i) k_i^3`, with kernels of :math:`k_i` voxels. The
    first one, from scalars, does not count.
    """
    layers = zip(layout.widths[:-1], layout.widths[1:], layout.steps[1:], strict=True)
    return max(
        BYTES * FIELD * before * FIELD * after * step.kernel_size**3
        for before, after, step in layers
    )


def fourier_bytes(layout: Layout, batch_size: int = 32) -> int:
    r"""The column "Fourier": samples on the group before the largest nonlinearity, of one view,
    :math:`\max_i 4 B \cdot 96\, w_i d_i^3`.
    """
    return (
        BYTES
        * batch_size
        * GRID_POINTS
        * max(w * d**3 for w, d in zip(layout.widths, layout.sizes, strict=True))
    )


def saved_bytes(call: Callable[[], torch.Tensor], without: Iterable[torch.Tensor] = ()) -> int:
    """Bytes that autograd keeps for the backward pass of a call; a storage kept twice counts once.

    On the "meta" device nothing is computed or allocated, and the count is the same but for what
    batch norms keep of each channel there: three thousandths in the smallest network.

    Arguments:
        call: the forward pass, for instance ``lambda: model(views)``.
        without: tensors that are there anyway and don't count, for instance parameters.

    Returns:
        The bytes of the storages behind all saved tensors.
    """
    storages = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        storages[storage._cdata] = storage  # the storage itself; on "meta" none has an address
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = call()
    there = {tensor.untyped_storage()._cdata for tensor in without}
    total = sum(s.nbytes() for address, s in storages.items() if address not in there)
    del result
    return total
