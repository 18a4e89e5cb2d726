"""Matrix products in half precision, everything else in that of the parameters."""

from typing import Any

import torch
from torch import Tensor, nn

from labbook.training.loop import Objective, reconstruction_error


def multiply_in(dtype: torch.dtype, objective: Objective = reconstruction_error) -> Objective:
    """An objective whose products and convolutions multiply in another type (torch's autocast).

    Weights and activations are rounded to ``dtype`` on the way into a product, forwards and
    backwards; what follows it stays in ``dtype`` up to the next operation that torch keeps in full
    precision, as losses, norms and softmax. Weights, their gradients and the optimiser's moments
    are float32. It is faster where a processor multiplies ``dtype`` faster (AVX-512 BF16, AMX, a
    GPU).

    Arguments:
        dtype: ``torch.bfloat16``. Gradients of float16 would need a scaled loss, which the loop
            has not.
        objective: (module, batch) → loss, a scalar.

    Returns:
        An objective of the same module and batch, a float32 scalar.
    """

    def rounded(module: nn.Module, batch: Any) -> Tensor:
        device = next(module.parameters()).device
        with torch.autocast(device.type, dtype):
            return objective(module, batch)

    return rounded
