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

from escnn import nn as enn
from escnn.nn import GeometricTensor

from labbook.models.neighbor.layers.fields import regular, scalars
from labbook.models.neighbor.layers.functions import FourierFunction

BLOCKS = ("gamma", "alpha", "fourier", "norm")


class ResidualBlock(enn.EquivariantModule):
    """A block of the table above; all fields are regular, of band limit 2.

    Arguments:
        kind: "gamma", "alpha", "fourier" or "norm".
        inputs, inner, outputs: numbers of fields before, within and after the block.
        resize: begin with a steerable convolution of kernel size 3, stride 2, padding 1, with a
            bias, that halves the size: 2 n and 2 n - 1 become n.

    Shapes: (B, 35 inputs, Z, Y, X) to (B, 35 outputs, Z', Y', X').
    """

    def __init__(self, kind: str, inputs: int, inner: int, outputs: int, resize: bool = False):
        super().__init__()
        if kind not in BLOCKS:
            raise ValueError(f"a block must be one of {', '.join(BLOCKS)}, got {kind!r}.")
        before, within, after = regular(inputs), regular(inner), regular(outputs)
        middle = scalars(inner) + within if kind == "alpha" else within
        self.in_type, self.out_type = before, after
        self.resize = enn.R3Conv(before, before, 3, stride=2, padding=1) if resize else None
        self.convolution_1 = enn.R3Conv(before, middle, 3, padding=1, bias=False)
        self.norm_1 = enn.IIDBatchNorm3d(middle)
        self.inner = {
            "gamma": lambda: enn.TensorProductModule(within, within),
            "alpha": lambda: enn.GatedNonLinearity1(middle),
            "fourier": lambda: FourierFunction(inner, "elu"),
            "norm": lambda: enn.NormNonLinearity(within),
        }[kind]()
        self.convolution_2 = enn.R3Conv(within, after, 3, padding=1, bias=False)
        self.norm_2 = enn.IIDBatchNorm3d(after)
        self.skip = enn.R3Conv(before, after, 1, bias=False) if inputs != outputs else None
        function = "leaky_hard_shrink" if kind == "alpha" else "first_hermite"
        self.outer = FourierFunction(outputs, function)

    def forward(self, x: GeometricTensor) -> GeometricTensor:
        if self.resize is not None:
            x = self.resize(x)
        y = self.inner(self.norm_1(self.convolution_1(x)))
        y = self.norm_2(self.convolution_2(y))
        return self.outer((x if self.skip is None else self.skip(x)) + y)

    def evaluate_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Of an input (B, C, Z, Y, X)."""
        if self.resize is not None:
            input_shape = self.resize.evaluate_output_shape(input_shape)
        return (input_shape[0], self.out_type.size, *input_shape[2:])
