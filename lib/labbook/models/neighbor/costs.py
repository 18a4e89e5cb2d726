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

from labbook.models.neighbor.counting import kernel_weights, multiplicities
from labbook.models.neighbor.layers.fields import GROUP, regular_field
from labbook.models.neighbor.widths import VIEW_VOXELS, Widths, layer_sizes

_WEIGHTS = {"gamma": 617, "alpha": 5, "fourier": 2, "norm": 3}
_SIZE, _SAMPLES, _PRODUCTS = 35, 96, 35 * 35
# Four groups of the 630 different products, each with the components of the result that they meet:
# three of 152 and one of 174 products (steerable.product).
_GROUPED = 3 * 8 * 152 + 11 * 174
_RESIZED = (False, True, False, True)


@dataclass(frozen=True)
class Costs:
    """Of the encoder and of the classifier; FLOPs for one pair of views.

    ``encoder_flops`` counts as the reports do: the tensor product as a product with all 35 x 35
    pairs of components, and the tail as a convolution. ``executed_flops`` is what ours multiplies
    in evaluation, when filters are kept: 630 different products in place of 1225, each with the
    components of the result that it meets; and in the tail the weights with what the kernel's
    elements made of the input (the elements are sparse, and their products are not counted).
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
    of_tail = c[4] * c[5] * kernel_weights(regular_field(), regular_field(), last)
    parameters = 10 * in_channels * c[0] + 2 * c[0] + of_tail + 2 * c[5]
    shared = _convolution(in_channels, _SIZE * c[0], 3, head**3) + _fourier(c[0], head**3)
    shared += _fourier(c[5], 1)
    tail = _convolution(_SIZE * c[4], _SIZE * c[5], last, 1)
    contracted = 2 * c[4] * c[5] * _reached(last)
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
            products += 2 * inner * voxels
    features = 2 * _SIZE * c[5]
    return Costs(
        encoder_parameters=parameters,
        classifier_parameters=features * hidden + 7 * hidden + 6,
        encoder_flops=2 * (shared + tail + products * _SIZE * _PRODUCTS),
        executed_flops=2 * (shared + contracted + products * _GROUPED),
        classifier_flops=2 * features * hidden + 2 * hidden * 6,
    )


def _convolution(inputs: int, outputs: int, kernel_size: int, voxels: int) -> int:
    return 2 * inputs * outputs * kernel_size**3 * voxels


def _reached(kernel_size: int) -> int:
    """Pairs of an element of a kernel between two fields and a component that it leads to."""
    field = regular_field()
    return sum(
        (2 * degree + 1) * count * kernel_weights(field, GROUP.irrep(degree), kernel_size)
        for degree, count in multiplicities(field).items()
    )


def _fourier(fields: int, voxels: int) -> int:
    """Two products with 35 x 96 matrices."""
    return 2 * 2 * _SIZE * _SAMPLES * fields * voxels
