r"""Parameters and FLOPs of the neighbor-location ResNets, in closed form.

With fields :math:`c_0, \dots, c_5` after head, blocks and tail, :math:`m_1, \dots, m_4` within the
blocks, C input channels and H hidden units; block i has a = c_{i-1} fields of input and b = c_i of
output, and blocks 2 and 4 begin with a resize:

.. math::
    P_\text{encoder} = 10\, C c_0 + 2 c_0 + \sum_i \big[K a m_i + N m_i + 214\, m_i b + 2 b
        + 35\, a b\, [a \ne b] + (214\, a^2 + a)\, [\text{resize}]\big] + T c_4 c_5 + 2 c_5

    P_\text{classifier} = 70\, c_5 H + 7 H + 6

with T = 179 for views of 15 voxels (a tail of 4) and 214 for 11 (a tail of 3); K = 224 for alpha
and 214 else; N = 617 for gamma, 5 for alpha, 2 for fourier, 3 for norm.

FLOPs are those of a forward pass of one pair of views, two for each multiplication with addition;
elementwise work is not counted.
"""

from dataclasses import dataclass

from labbook.models.neighbor.widths import VIEW_VOXELS, Widths, layer_sizes
from labbook.models.steerable.convolution import blocks
from labbook.models.steerable.fields import regular
from labbook.models.steerable.rotations.basis import rings

_WEIGHTS = {"gamma": 617, "alpha": 5, "fourier": 2, "norm": 3}
_SIZE, _SAMPLES, _PRODUCTS, _FOLDED = 35, 96, 35 * 35, 35 * 36 // 2
_RESIZED = (False, True, False, True)


@dataclass(frozen=True)
class Costs:
    """Of the encoder and of the classifier; FLOPs for one pair of views.

    ``encoder_flops`` counts as the reports do: the tensor product as a product with all 35 x 35
    pairs of components, and the tail as a convolution. ``executed_flops`` is what ours multiplies
    in evaluation, when filters are kept: 630 different products in place of 1225, and in the tail
    the kernel's elements first and their weights then.
    """

    encoder_parameters: int
    classifier_parameters: int
    encoder_flops: int
    executed_flops: int
    classifier_flops: int


def resnet_costs(
    block: str, widths: Widths, in_channels: int = 6, view_voxels: int = VIEW_VOXELS
) -> Costs:
    """The costs of a network, see this module's formulas; arguments as of :func:`resnet`."""
    c, m, hidden = widths.outer, widths.inner, widths.hidden
    into = 224 if block == "alpha" else 214
    head, *after_blocks, _ = layer_sizes(view_voxels)
    last = after_blocks[-1]
    parameters = 10 * in_channels * c[0] + 2 * c[0] + _weights(last) * c[4] * c[5] + 2 * c[5]
    shared = _convolution(in_channels, _SIZE * c[0], 3, head**3) + _fourier(c[0], head**3)
    shared += _fourier(c[5], 1)
    tail = _convolution(_SIZE * c[4], _SIZE * c[5], last, 1)
    contracted = _contraction(c[4], c[5], last)
    products = 0
    for i, (size, resized) in enumerate(zip(after_blocks, _RESIZED, strict=True)):
        voxels = size**3
        before, inner, after = c[i], m[i], c[i + 1]
        gates = inner if block == "alpha" else 0
        parameters += into * before * inner + _WEIGHTS[block] * inner + 214 * inner * after
        parameters += 2 * after + (_SIZE * before * after if before != after else 0)
        parameters += (214 * before**2 + before) if resized else 0
        shared += _convolution(_SIZE * before, _SIZE * inner + gates, 3, voxels)
        shared += _convolution(_SIZE * inner, _SIZE * after, 3, voxels) + _fourier(after, voxels)
        if before != after:
            shared += _convolution(_SIZE * before, _SIZE * after, 1, voxels)
        if resized:
            shared += _convolution(_SIZE * before, _SIZE * before, 3, voxels)
        if block == "fourier":
            shared += _fourier(inner, voxels)
        if block == "gamma":
            products += 2 * _SIZE * inner * voxels
    features = 2 * _SIZE * c[5]
    return Costs(
        encoder_parameters=parameters,
        classifier_parameters=features * hidden + 7 * hidden + 6,
        encoder_flops=2 * (shared + tail + products * _PRODUCTS),
        executed_flops=2 * (shared + contracted + products * _FOLDED),
        classifier_flops=2 * features * hidden + 2 * hidden * 6,
    )


def _convolution(inputs: int, outputs: int, kernel_size: int, voxels: int) -> int:
    return 2 * inputs * outputs * kernel_size**3 * voxels


def _weights(kernel_size: int) -> int:
    """From one field to another."""
    field = regular(1)
    return sum(block.weights for block in blocks(field, field, kernel_size, rings(kernel_size)))


def _contraction(inputs: int, outputs: int, kernel_size: int) -> int:
    """Of a kernel as large as its input: elements with voxels, then weights with elements."""
    total = 0
    for block in blocks(regular(inputs), regular(outputs), kernel_size, rings(kernel_size)):
        rows, columns = 2 * block.out_degree + 1, 2 * block.in_degree + 1
        copies = block.in_count * block.in_copies
        total += 2 * copies * kernel_size**3 * columns * block.elements * rows
        total += 2 * block.weights * rows
    return total


def _fourier(fields: int, voxels: int) -> int:
    """Two products with 35 x 96 matrices."""
    return 2 * 2 * _SIZE * _SAMPLES * fields * voxels
