"""Batch norm for fields: one scale and one variance a field, a mean for invariants alone."""

import torch
from torch import Tensor, nn

from labbook.models.steerable.fields import FieldType, field_size
from labbook.models.steerable.rows import from_rows


class IIDBatchNorm(nn.Module):
    r"""Batch norm that takes the components of a field for independent and equally distributed.

    .. math:: y = \gamma_f \frac{x - \mu}{\sqrt{v_f + 10^{-5}}} + \beta

    for each field f; :math:`\mu` and :math:`\beta` concern its invariant components only (degree
    0). :math:`v_f` is the mean over the components of their unbiased variances in the batch. Both
    statistics are constants for the backward pass. In evaluation mode running averages take their
    place: they start at 0 and 1 and move by a tenth of the way at each batch.

    Arguments:
        fields: the type of the input. momentum, eps: as above.

    Shapes: (B, C, Z, Y, X) to the same. With ``views=n`` the batch holds n batches of B / n
    examples one after another, each normalised by its own statistics, in this order; the running
    averages move n times.
    """

    def __init__(self, fields: FieldType, momentum: float = 0.1, eps: float = 1e-5):
        super().__init__()
        self.fields, self.momentum, self.eps = fields, momentum, eps
        count = sum(count for count, _ in fields.groups)
        self.weight = nn.Parameter(torch.ones(count))
        self.bias = nn.Parameter(torch.zeros(len(fields.invariants)))
        self.register_buffer("running_mean", torch.zeros(len(fields.invariants)))
        self.register_buffer("running_var", torch.ones(count))
        self.register_buffer("num_batches_tracked", torch.tensor(0))
        field_of, field = [], 0
        for count, multiplicities in fields.groups:
            for _ in range(count):
                field_of += [field] * field_size(multiplicities)
                field += 1
        self.register_buffer("field_of", torch.tensor(field_of), persistent=False)
        self.register_buffer("invariants", torch.tensor(fields.invariants), persistent=False)

    def forward(self, x: Tensor, views: int = 1) -> Tensor:
        x = x.to(self.weight.dtype)  # where a convolution ran in a shorter type
        scale, shift = self.affine(x, views)
        shape = (views, -1, x.shape[1])
        rows = x.permute(0, 2, 3, 4, 1).reshape(shape)
        return from_rows(torch.addcmul(shift[:, None], rows, scale[:, None]), x.shape)

    def affine(self, x: Tensor, views: int = 1) -> tuple[Tensor, Tensor]:
        """What the norm does to x, as factors and summands (views, C); moves the averages."""
        if self.training:
            mean, variance = self._batch_statistics(x.detach(), views)
            self._move(mean, variance)
        else:
            mean = self.running_mean.expand(views, -1)
            variance = self.running_var.expand(views, -1)
        factor = self.weight / (variance + self.eps).sqrt()
        scale = factor[:, self.field_of]
        offset = self.bias - mean * scale[:, self.invariants]
        shift = torch.zeros_like(scale).index_copy(1, self.invariants, offset)
        return scale, shift

    @torch.no_grad()
    def _batch_statistics(self, x: Tensor, views: int) -> tuple[Tensor, Tensor]:
        """The means of invariants (views, .) and the variances of fields (views, fields)."""
        count = x.numel() // x.shape[1] // views
        if count < 2:
            raise ValueError(
                f"batch norm needs two values or more in each channel to find a variance; a batch "
                f"of shape {tuple(x.shape)} in {views} views has {count}."
            )
        # Of torch's ways to a variance the one of its own batch norm is the fastest by far.
        found = [torch.batch_norm_update_stats(part, None, None, 0.0) for part in x.chunk(views)]
        mean, spread = (torch.stack(each) for each in zip(*found, strict=True))
        sums = spread.new_zeros(views, len(self.weight)).index_add_(1, self.field_of, spread)
        sizes = torch.bincount(self.field_of, minlength=len(self.weight))
        return mean[:, self.invariants], sums / sizes * (count / (count - 1))

    @torch.no_grad()
    def _move(self, means: Tensor, variances: Tensor) -> None:
        """Running averages follow the statistics of each view in turn."""
        for mean, variance in zip(means, variances, strict=True):
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance, self.momentum)
        self.num_batches_tracked += len(means)

    def extra_repr(self) -> str:
        return f"{self.fields}, momentum={self.momentum}, eps={self.eps}"
