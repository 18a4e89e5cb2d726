"""The neighbor-location ResNets out of plain escnn modules: what ours must equal, and outrun."""

import functools

import numpy as np
import torch
from escnn import gspaces
from escnn import nn as enn
from labbook.models.steerable.convolution import _Expand, blocks
from labbook.models.steerable.fields import field_size
from labbook.models.steerable.grid import thomson_cube
from labbook.models.steerable.tensor_product import product_basis
from torch import nn

from labbook.models.neighbor import NeighborClassifier, Widths
from labbook.models.steerable import FieldType

SPACE = gspaces.rot3dOnR3()
FIELD = SPACE.fibergroup.spectral_regular_representation(*SPACE.fibergroup.bl_irreps(2), name=None)


def fields(count):
    """Regular fields of band limit 2."""
    return enn.FieldType(SPACE, [FIELD] * count)


def scalar_fields(count):
    """Fields of one channel."""
    return enn.FieldType(SPACE, [SPACE.trivial_repr] * count)


class Fourier(enn.FourierPointwise):
    """Fourier pointwise on the 96 rotations of ours, with any function."""

    def __init__(self, count, function):
        irreps = SPACE.fibergroup.bl_irreps(2)
        super().__init__(SPACE, count, irreps, type="thomson_cube", N=4, function="p_elu")
        if function is not None:
            self._function = function

    def sample(self, dtype):
        """Take the matrices of the 96 rotations, rounded to a type."""
        group = SPACE.fibergroup
        parts = [np.eye(2 * degree + 1).ravel() * (2 * degree + 1) ** 0.5 for degree in range(3)]
        kernel = np.concatenate(parts) / 35**0.5
        sampling = np.array([FIELD(group.element(g, "MAT")) @ kernel for g in thomson_cube()])
        square = sampling.T @ sampling + 1e-8 * np.eye(35)
        self.A = torch.tensor(sampling, dtype=dtype)
        self.Ainv = torch.tensor(np.linalg.inv(square) @ sampling.T, dtype=dtype)


def first_hermite(x):
    return 2**0.5 * np.pi**-0.25 * x * torch.exp(-(x**2) / 2)


def leaky_hard_shrink(x):
    return 0.1 * x + torch.where(x.abs() > 2, x, torch.zeros_like(x))


class Conv(enn.R3Conv):
    """A convolution that starts without weights."""

    def __init__(self, before, after, kernel_size, **arguments):
        super().__init__(before, after, kernel_size, initialize=False, **arguments)


class PlainBlock(nn.Module):
    """A residual block; only kinds "gamma" and "alpha"."""

    def __init__(self, kind, inputs, inner, outputs, resize):
        super().__init__()
        before, middle, after = fields(inputs), fields(inner), fields(outputs)
        self.resize = Conv(before, before, 3, stride=2, padding=1, bias=True) if resize else None
        gates = scalar_fields(inner) + middle
        between = gates if kind == "alpha" else middle
        self.convolution_1 = Conv(before, between, 3, padding=1, bias=False)
        self.norm_1 = enn.IIDBatchNorm3d(between)
        self.inner = (
            enn.GatedNonLinearity1(gates, ["gate"] * inner + ["gated"] * inner)
            if kind == "alpha"
            else enn.TensorProductModule(middle, middle, initialize=False)
        )
        self.convolution_2 = Conv(middle, after, 3, padding=1, bias=False)
        self.norm_2 = enn.IIDBatchNorm3d(after)
        self.skip = Conv(before, after, 1, bias=False) if inputs != outputs else None
        self.outer = Fourier(outputs, leaky_hard_shrink if kind == "alpha" else first_hermite)

    def forward(self, x):
        if self.resize is not None:
            x = self.resize(x)
        y = self.inner(self.norm_1(self.convolution_1(x)))
        y = self.norm_2(self.convolution_2(y))
        return self.outer((x if self.skip is None else self.skip(x)) + y)


class PlainStem(nn.Module):
    """Convolution, batch norm, Fourier ELU."""

    def __init__(self, before, count, kernel_size):
        super().__init__()
        self.convolution = Conv(before, fields(count), kernel_size, bias=False)
        self.norm = enn.IIDBatchNorm3d(fields(count))
        self.activation = Fourier(count, None)

    def forward(self, x):
        return self.activation(self.norm(self.convolution(x)))


class PlainClassifier(nn.Module):
    """Both views through the encoder, one after the other, and an ordinary classifier."""

    def __init__(self, kind, widths: Widths, in_channels=6):
        super().__init__()
        outer, inner = widths.outer, widths.inner
        self.in_type = scalar_fields(in_channels)
        self.encoder = nn.ModuleDict(
            {
                "head": PlainStem(self.in_type, outer[0], 3),
                "blocks": nn.ModuleList(
                    PlainBlock(kind, outer[i], inner[i], outer[i + 1], i in (1, 3))
                    for i in range(4)
                ),
                "tail": PlainStem(fields(outer[4]), outer[5], 4),
            }
        )
        self.classifier = nn.Sequential(
            nn.Linear(70 * outer[5], widths.hidden),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(widths.hidden, 6),
        )

    def encode(self, views):
        features = []
        for view in (0, 1):
            x = self.encoder["head"](self.in_type(views[:, view]))
            for block in self.encoder["blocks"]:
                x = block(x)
            features.append(self.encoder["tail"](x).tensor.flatten(1))
        return torch.cat(features, 1)

    def forward(self, views):
        return self.classifier(self.encode(views))


@functools.cache
def pair_basis(before, after, kernel_size, shells):
    """All kernels between one field of each type, (elements, out, in, k^3), in our order."""
    layout = (before, after, kernel_size, shells)
    count = sum(block.weights for block in blocks(*layout))
    unit = torch.eye(count, dtype=torch.float64)
    return torch.stack([_Expand.apply(row, layout) for row in unit])


def pairs(ours):
    """(type of an out field, of an in field, weights (out fields, in fields, elements)) of ours."""
    start, found = 0, {}
    for block in blocks(*ours.layout):
        part = ours.weights.detach()[start : start + block.weights]
        start += block.weights
        shape = (block.out_count, block.out_copies, block.in_count, block.in_copies, -1)
        key = (block.out_channels[0], block.in_channels[0])
        found.setdefault(key, []).append(part.view(shape).transpose(1, 2).flatten(2))
    types = [
        (FieldType(((1, after),)), FieldType(((1, before),)))
        for _, after in ours.out_type.groups
        for _, before in ours.in_type.groups
    ]
    return [(*pair, torch.cat(parts, 2)) for pair, parts in zip(types, found.values(), strict=True)]


def copy_convolution(theirs, ours):
    """Our weights and our basis, in float64 before rounding, into a convolution of escnn."""
    expansion = theirs.basisexpansion
    for after, before, weights in pairs(ours):
        for name in expansion._representations_pairs:
            block = getattr(expansion, f"block_expansion_{expansion._escape_pair(name)}")
            if block.sampled_basis.shape[1:3] == (after.size, before.size):
                kept = block.sampled_basis
                basis = pair_basis(before, after, *ours.layout[2:])
                block.sampled_basis = basis.to(kept.dtype).view(kept.shape)
                first, last = expansion._weights_ranges[name]
                theirs.weights.data[first:last] = weights.flatten()
    if ours.bias is not None:
        theirs.bias.data.copy_(ours.bias)


def norm_parts(ours):
    """(channels of a field, slice of fields) of each group of our batch norm."""
    start, found = 0, []
    for count, multiplicities in ours.fields.groups:
        found.append((field_size(multiplicities), slice(start, start + count)))
        start += count
    return found


def copy_norm(theirs, ours):
    """Scale, shift and running statistics of our batch norm into one of escnn."""
    for size, part in norm_parts(ours):
        name = theirs._escape_name({size: name for name, size in theirs._sizes}[size])
        for kind, values in (("weight", ours.weight), ("running_var", ours.running_var)):
            getattr(theirs, f"{name}_{kind}").data[:, 0] = values.detach()[part]
        for kind, values in (("bias", ours.bias), ("running_mean", ours.running_mean)):
            getattr(theirs, f"{name}_{kind}").data[:, 0] = values.detach()[part]


@functools.cache
def product_elements():
    """Our equivariant maps (615, 35, 1225) from products of components to components."""
    elements, offset = [], 0
    for degree in range(3):
        for _ in range(2 * degree + 1):
            basis = product_basis(degree)
            row = np.zeros((len(basis), 35, 35, 35))
            row[:, offset : offset + 2 * degree + 1] = basis
            elements.append(row)
            offset += 2 * degree + 1
    return torch.tensor(np.concatenate(elements)).flatten(2)


def copy_product(theirs, ours):
    """Our weights and basis into a tensor product of escnn."""
    expansion = theirs.basisexpansion
    (name,) = expansion._representations_pairs
    block = getattr(expansion, f"block_expansion_{expansion._escape_pair(name)}")
    kept = block.sampled_basis
    block.sampled_basis = product_elements().to(kept.dtype).view(kept.shape)
    parts = [weights.detach().flatten(1) for weights in ours.weights]
    theirs.weights.data.copy_(torch.cat(parts, 1).flatten())


def copy_into(theirs, ours):
    """Our parameters into the plain module of the same form."""
    for name, module in theirs.named_children():
        mine = getattr(ours, name)
        if isinstance(module, enn.R3Conv):
            copy_convolution(module, mine)
        elif isinstance(module, enn.IIDBatchNorm3d):
            copy_norm(module, mine)
        elif isinstance(module, enn.TensorProductModule):
            copy_product(module, mine)
        elif isinstance(module, enn.GatedNonLinearity1):
            module.bias.data[0] = mine.bias.detach()


def twin(ours: NeighborClassifier, kind: str, widths: Widths) -> PlainClassifier:
    """The plain network with the weights, running statistics and exact bases of ours."""
    dtype = ours.classifier[0].weight.dtype
    plain = PlainClassifier(kind, widths, ours.encoder.head.convolution.in_type.size).to(dtype)
    for module in plain.modules():
        if isinstance(module, Fourier):
            module.sample(dtype)
    plain.classifier.load_state_dict(ours.classifier.state_dict())
    copy_into(plain.encoder["head"], ours.encoder.head)
    copy_into(plain.encoder["tail"], ours.encoder.tail)
    for theirs, block in zip(plain.encoder["blocks"], ours.encoder.blocks, strict=True):
        copy_into(theirs, block)
    return plain
