"""Small networks of escnn's modules over many groups and kinds of fields."""

import copy
import functools
from collections.abc import Callable
from typing import NamedTuple

import torch
from escnn import group, gspaces
from escnn import nn as enn
from torch import nn

import labbook.models.building.pickling  # noqa: F401, lets python copy networks of escnn

SO3 = group.so3_group(3)
ROTATIONS = gspaces.rot3dOnR3()
ICOSAHEDRON = {"type": "ico"}  # 60 rotations; escnn takes seconds to find its other grids


class Typed(nn.Module):
    """Modules of escnn from a tensor to a tensor."""

    def __init__(self, *modules: enn.EquivariantModule):
        super().__init__()
        self.in_type = modules[0].in_type
        self.layers = nn.ModuleList(modules)

    def forward(self, x):
        x = self.in_type(x)
        for layer in self.layers:
            x = layer(x)
        return x.tensor


class GatedApart(enn.EquivariantModule):
    """Convolutions to gates and to fields, and a gated nonlinearity of both."""

    def __init__(self, in_type, gates, fields):
        super().__init__()
        self.in_type, self.out_type = in_type, fields
        self.to_gates = enn.R3Conv(in_type, gates, 3, padding=1)
        self.to_fields = enn.R3Conv(in_type, fields, 3, padding=1)
        self.gated = enn.GatedNonLinearity2((gates, fields))

    def forward(self, x):
        return self.gated(self.to_gates(x), self.to_fields(x))

    def evaluate_output_shape(self, input_shape):
        return (input_shape[0], self.out_type.size, *input_shape[2:])


def types(space, *representations):
    return enn.FieldType(space, list(representations))


def regular(count, band_limit, space=ROTATIONS):
    field = SO3.spectral_regular_representation(*SO3.bl_irreps(band_limit), name=None)
    return types(space, *[field] * count)


def scalars(count, space=ROTATIONS):
    return types(space, *[space.trivial_repr] * count)


def fourier():
    before = scalars(2)
    elu = enn.FourierELU(ROTATIONS, 3, SO3.bl_irreps(2), **ICOSAHEDRON)
    between = elu.in_type
    return Typed(
        enn.R3Conv(before, between, 3, padding=1, bias=False),
        enn.IIDBatchNorm3d(between),
        elu,
        enn.R3Conv(between, scalars(3), 5),
    )


def tanh_of_band_limit_3():
    tanh = enn.FourierPointwise(
        ROTATIONS, 1, SO3.bl_irreps(3), function="p_tanh", inplace=False, type="rand", N=200, seed=0
    )
    return Typed(enn.R3Conv(scalars(1), tanh.in_type, 3), tanh, enn.IIDBatchNorm3d(tanh.out_type))


def other_band_limit_after():
    relu = enn.FourierPointwise(
        ROTATIONS, 2, SO3.bl_irreps(2), function="p_relu", out_irreps=SO3.bl_irreps(1),
        **ICOSAHEDRON,
    )  # fmt: skip
    return Typed(enn.R3Conv(scalars(2), relu.in_type, 3, stride=2, padding=1), relu)


def sphere():
    elu = enn.QuotientFourierELU(
        ROTATIONS, (False, -1), 3, irreps=SO3.bl_irreps(2), out_irreps=SO3.bl_irreps(0),
        grid=SO3.sphere_grid(type="fibonacci", N=30),
    )  # fmt: skip
    return Typed(enn.R3Conv(scalars(1), elu.in_type, 5), elu)


def interleaved():
    fields = types(ROTATIONS, *(SO3.irrep(degree) for degree in (0, 1, 0, 2, 1)))
    return Typed(
        enn.R3Conv(scalars(2), fields, 3, padding=1),
        enn.IIDBatchNorm3d(fields, momentum=None),
        enn.NormNonLinearity(fields),
        enn.R3Conv(fields, fields, 3, dilation=2, padding=2),
        enn.NormNonLinearity(fields, function="n_softplus", bias=False),
        enn.R3Conv(fields, types(ROTATIONS, SO3.irrep(1), SO3.irrep(0)), 5),
    )


def tensors():
    vector = SO3.irrep(1)
    field = group.directsum([ROTATIONS.trivial_repr, vector, vector.tensor(vector)], name="tensors")
    fields = types(ROTATIONS, field, field)
    return Typed(
        enn.R3Conv(scalars(1), fields, 3, padding=1),
        enn.IIDBatchNorm3d(fields, affine=False),
        enn.R3Conv(fields, fields, 3, padding=1, groups=2),
        enn.R3Conv(fields, regular(1, 1), 5),
    )


def tensor_product():
    return Typed(
        enn.R3Conv(scalars(2), regular(2, 1), 3),
        enn.IIDBatchNorm3d(regular(2, 1)),
        enn.TensorProductModule(regular(2, 1), regular(2, 1)),
        enn.TensorProductModule(regular(2, 1), scalars(2)),
        enn.IIDBatchNorm3d(scalars(2), track_running_stats=False),
    )


def gated():
    gates = [ROTATIONS.trivial_repr] * 3
    fields = [SO3.irrep(1), SO3.irrep(2), SO3.irrep(1)]
    after = types(ROTATIONS, *fields)
    mixed = types(ROTATIONS, fields[0], gates[0], fields[1], *gates[1:], fields[2])
    places = ["gated", "gate", "gated", "gate", "gate", "gated"]
    return Typed(
        enn.R3Conv(scalars(1), types(ROTATIONS, *gates, *fields), 3, padding=1),
        enn.GatedNonLinearity1(types(ROTATIONS, *gates, *fields)),
        enn.R3Conv(after, mixed, 3, padding=1),
        enn.GatedNonLinearity1(mixed, places),
        GatedApart(after, scalars(2), regular(2, 1)),
    )


def octahedral():
    space = gspaces.octaOnR3()
    fields = types(space, space.regular_repr, space.regular_repr)
    return Typed(
        enn.R3Conv(scalars(1, space), fields, 3, padding=1, bias=False),
        enn.InnerBatchNorm(fields),
        enn.ReLU(fields),
        enn.R3Conv(fields, fields, 3),
        enn.PointwiseMaxPool3D(fields, 2),
        enn.GroupPooling(fields),
    )


def icosahedral():
    space = gspaces.icoOnR3()
    fields = types(space, *(space.irrep(number) for number in (0, 1, 4, 1)))
    return Typed(
        enn.R3Conv(scalars(1, space), fields, 3, padding=1),
        enn.IIDBatchNorm3d(fields),
        enn.NormNonLinearity(fields, function="squash", bias=False),
        enn.R3Conv(fields, fields, 5),
    )


def mirrors():
    space = gspaces.flipRot3dOnR3()
    o3 = space.fibergroup
    fields = types(space, *[o3.irrep(0, 0), o3.irrep(1, 1), o3.irrep(0, 2)] * 2)
    return Typed(
        enn.R3Conv(scalars(1, space), fields, 3, padding=1),
        enn.IIDBatchNorm3d(fields),
        enn.R3Conv(fields, scalars(2, space), 3),
    )


def one_axis():
    space = gspaces.rot2dOnR3(-1)
    fields = types(space, *(space.irrep(number) for number in (0, 1, 1, 2)))
    return Typed(
        enn.R3Conv(scalars(1, space), fields, 3, padding=1),
        enn.NormNonLinearity(fields, function="n_sigmoid"),
        enn.R3Conv(fields, fields, 3),
    )


def plane():
    space = gspaces.rot2dOnR2(-1, 3)
    elu = enn.FourierELU(space, 4, [(number,) for number in range(4)], N=16)
    return Typed(
        enn.R2Conv(scalars(1, space), elu.in_type, 5, padding=2),
        enn.IIDBatchNorm2d(elu.in_type),
        elu,
        enn.R2ConvTransposed(elu.out_type, elu.in_type, 3),
        enn.R2Conv(elu.out_type, scalars(2, space), 7),
    )


def no_space():
    space = gspaces.no_base_space(SO3)
    fields = regular(2, 1, space)
    return Typed(
        enn.Linear(fields, fields),
        enn.IIDBatchNorm1d(fields),
        enn.FourierELU(space, 2, SO3.bl_irreps(1), **ICOSAHEDRON),
        enn.Linear(fields, scalars(3, space)),
    )


class Case(NamedTuple):
    """A network and the shape of its input; whether escnn computes it in double precision."""

    make: Callable[[], Typed]
    shape: tuple[int, ...]
    double: bool = True


CASES = {
    "Fourier ELU": Case(fourier, (3, 2, 5, 5, 5)),
    "Fourier tanh, band limit 3": Case(tanh_of_band_limit_3, (3, 1, 5, 5, 5)),
    "Fourier ReLU, band limits 2 to 1": Case(other_band_limit_after, (2, 2, 5, 5, 5)),
    "functions on the sphere": Case(sphere, (6, 1, 5, 5, 5)),
    "irreps, interleaved": Case(interleaved, (3, 2, 5, 5, 5)),
    "tensors, in another basis": Case(tensors, (3, 1, 5, 5, 5)),
    "tensor products": Case(tensor_product, (4, 2, 4, 4, 4)),
    "gates": Case(gated, (2, 1, 4, 4, 4), double=False),
    "octahedral group": Case(octahedral, (2, 1, 6, 6, 6)),
    "icosahedral group": Case(icosahedral, (3, 1, 5, 5, 5)),
    "rotations and mirrors": Case(mirrors, (3, 1, 5, 5, 5)),
    "rotations about one axis": Case(one_axis, (2, 1, 5, 5, 5)),
    "the plane": Case(plane, (3, 1, 9, 9)),
    "no space": Case(no_space, (5, 20)),
}


def network(name: str, dtype: torch.dtype = torch.float32) -> Typed:
    """A network of the table above, always with the same weights."""
    return copy.deepcopy(_built(name)).to(dtype)


@functools.cache
def _built(name: str) -> Typed:
    torch.manual_seed(0)
    return CASES[name].make()


def batch(name: str, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """An input for it."""
    source = torch.Generator().manual_seed(1)
    return torch.randn(CASES[name].shape, generator=source, dtype=torch.float64).to(dtype)
