r"""Batch norm of fields, as one ordinary batch norm whose statistics and weights are theirs.

.. math:: y = \gamma_f \frac{x - \mu}{\sqrt{v_f + \epsilon}} + \beta

for each field f: :math:`\mu` and :math:`\beta` lie in its invariant components, :math:`v_f` is the
mean over all components of their unbiased variances. Both statistics get no gradient.
"""

from functools import partial

import torch
from escnn.nn import GeometricTensor
from torch import Tensor
from torch.nn import functional

from labbook.models.fieldwise.remade import note
from labbook.models.fieldwise.rows import full_precision
from labbook.models.fieldwise.typed import tensor_of


class FieldNorm:
    """``IIDBatchNorm1d`` to ``IIDBatchNorm3d``."""

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Fields (B, C, ...) to the same."""
        x = tensor_of(self, input, self.in_type)
        with full_precision(x.device):
            x = x.to(self._named(self._sizes[0][0], "running_var").dtype)
            spread = self._spread(x)
            y = functional.batch_norm(x, *spread, eps=self.eps)
            note(y, partial(functional.batch_norm, eps=self.eps), x, *spread)
        return GeometricTensor(y, self.out_type, input.coords)

    def _spread(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Mean, variance, scale and summand of each channel; in training, averages move."""
        of_batch = self.training or not self.track_running_stats
        found = self._of_batch(x.detach()) if of_batch else None
        rate = self._rate()
        mean, variance, scale, shift = (x.new_full(x.shape[1:2], value) for value in (0, 1, 1, 0))
        for name, size in self._sizes:
            channels = self._named(name, "indices")
            channels = slice(*channels) if self._contiguous[name] else channels
            means, variances = self._get_running_stats(name)
            if of_batch:
                now = found[1][channels].view(-1, size).mean(1, keepdim=True)
                kept = [(variances, now)]
                if means is not None:
                    now_mean = found[0][channels].view(-1, size) @ self._named(name, "avg").t()
                    kept.append((means, now_mean))
                    means = now_mean
                variances = now
                if self.training and self.track_running_stats:
                    for average, value in kept:
                        average.lerp_(value, rate)
            variance[channels] = variances.expand(-1, size).flatten()
            if means is not None:
                mean[channels] = means.flatten()
            if self.affine:
                scale[channels] = self._named(name, "weight").expand(-1, size).flatten()
                if means is not None:
                    bases = self._named(name, "change_of_basis")
                    shift[channels] = (self._named(name, "bias")[:, None] * bases).sum(2).flatten()
        return mean, variance, scale, shift

    def _of_batch(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and the unbiased variance of each channel."""
        count = x.numel() // x.shape[1]
        if count < 2:
            raise ValueError(
                f"batch norm needs two values or more in each channel to find a variance; a batch "
                f"of shape {tuple(x.shape)} has {count}."
            )
        # Of torch's ways to a variance the one of its own batch norm is the fastest by far.
        mean, variance = torch.batch_norm_update_stats(x, None, None, 0.0)
        return mean, variance * (count / (count - 1))

    def _rate(self) -> float:
        """How far running averages move, after a batch is counted."""
        if self.training:
            self.num_batches_tracked += 1
        if self.momentum is None:
            return 1.0 / max(1, self.num_batches_tracked.item())
        return self.momentum

    def _named(self, name: str, what: str) -> Tensor:
        return getattr(self, f"{self._escape_name(name)}_{what}")
