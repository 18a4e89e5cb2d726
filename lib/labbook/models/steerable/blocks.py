r"""Residual blocks: :math:`y = f(\text{skip}(x) + N(K \star g(N(K \star x))))`.

K are steerable convolutions of kernel size 3 without bias, N iid batch norms, g the inner and f the
outer nonlinearity:

=========  ==============================  ================================
block      g                               f
=========  ==============================  ================================
gamma      tensor product                  Fourier pointwise, first Hermite
alpha      gated, one gate a field         Fourier pointwise, leaky shrink
fourier    Fourier pointwise, ELU          Fourier pointwise, first Hermite
norm       norm, shrunk                    Fourier pointwise, first Hermite
=========  ==============================  ================================

The skip is a convolution of kernel size 1 where input and output differ in width, else x itself.
"""

from torch import Tensor, nn

from labbook.models.steerable.batch_norm import IIDBatchNorm
from labbook.models.steerable.convolution import SteerableConv
from labbook.models.steerable.fields import regular, scalars
from labbook.models.steerable.fourier import FourierPointwise
from labbook.models.steerable.gates import Gated, NormNonlinearity
from labbook.models.steerable.tensor_product import TensorProduct

BLOCKS = ("gamma", "alpha", "fourier", "norm")


class ResidualBlock(nn.Module):
    """A block of the table above; all fields are regular, of band limit 2.

    Arguments:
        kind: "gamma", "alpha", "fourier" or "norm".
        inputs, inner, outputs: numbers of fields before, within and after the block.
        resize: begin with a steerable convolution of kernel size 3, stride 2, padding 1, with a
            bias, that halves the size: 2 n and 2 n - 1 become n.

    Shapes: (B, 35 inputs, Z, Y, X) to (B, 35 outputs, Z', Y', X'). ``views`` as in
    :class:`IIDBatchNorm`.
    """

    def __init__(self, kind: str, inputs: int, inner: int, outputs: int, resize: bool = False):
        super().__init__()
        if kind not in BLOCKS:
            raise ValueError(f"a block must be one of {', '.join(BLOCKS)}, got {kind!r}.")
        before, after = regular(inputs), regular(outputs)
        middle = scalars(inner) + regular(inner) if kind == "alpha" else regular(inner)
        self.resize = (
            SteerableConv(before, before, 3, stride=2, padding=1, bias=True) if resize else None
        )
        self.convolution_1 = SteerableConv(before, middle, 3, padding=1)
        self.norm_1 = IIDBatchNorm(middle)
        self.inner = {
            "gamma": lambda: TensorProduct(inner),
            "alpha": lambda: Gated(inner),
            "fourier": lambda: FourierPointwise("elu"),
            "norm": lambda: NormNonlinearity(inner),
        }[kind]()
        self.convolution_2 = SteerableConv(regular(inner), after, 3, padding=1)
        self.norm_2 = IIDBatchNorm(after)
        self.skip = SteerableConv(before, after, 1) if inputs != outputs else None
        self.outer = FourierPointwise("leaky_hard_shrink" if kind == "alpha" else "first_hermite")

    def forward(self, x: Tensor, views: int = 1) -> Tensor:
        if self.resize is not None:
            x = self.resize(x)
        y = self.inner(self.norm_1(self.convolution_1(x), views))
        y = self.norm_2(self.convolution_2(y), views)
        skipped = x if self.skip is None else self.skip(x)
        return self.outer(skipped + y)
