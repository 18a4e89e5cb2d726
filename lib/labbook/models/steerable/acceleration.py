"""Networks of escnn modules, faster and in less memory: :func:`accelerate`.

A module's class becomes a subclass of its own, of the same name, with another ``forward``: its
parameters, field types and methods stay, and :func:`plain` undoes it. Nothing here knows a group, a
band limit or a type of fields. Tensors that come out have their channels last in memory. But where
nothing in a network can be accelerated but convolutions, and their bases are dense, as those of
regular fields of finite groups are, filters and tensors lie in memory as escnn has them.
"""

import functools

import torch
from escnn import nn as enn
from escnn.nn.modules.basismanager import BlocksBasisExpansion
from torch import nn

import labbook.models.building.pickling  # noqa: F401, networks are pickled and copied
from labbook.models.fieldwise.field_norm import FieldNorm
from labbook.models.fieldwise.gated import GatedApart, GatedTogether, NormScaled
from labbook.models.fieldwise.pointwise import Pointwise
from labbook.models.fieldwise.typed import check_grid
from labbook.models.steerable.expansion import Expansion
from labbook.models.steerable.filters import Convolution, Linear, TransposedConvolution
from labbook.models.steerable.product import Product

FASTER = {
    BlocksBasisExpansion: Expansion,
    enn.R2Conv: Convolution,
    enn.R3Conv: Convolution,
    enn.R2ConvTransposed: TransposedConvolution,
    enn.R3ConvTransposed: TransposedConvolution,
    enn.Linear: Linear,
    enn.TensorProductModule: Product,
    enn.FourierPointwise: Pointwise,
    enn.QuotientFourierPointwise: Pointwise,
    enn.IIDBatchNorm1d: FieldNorm,
    enn.IIDBatchNorm2d: FieldNorm,
    enn.IIDBatchNorm3d: FieldNorm,
    enn.GatedNonLinearity1: GatedTogether,
    enn.GatedNonLinearity2: GatedApart,
    enn.NormNonLinearity: NormScaled,
}
CONVOLVES = (Expansion, Linear, TransposedConvolution)


class _Accelerated:
    """A class that was made here: pickled as the one that it was made of."""

    def enter(self, made: dict) -> None:
        """What else changes with the class; ``made`` is shared by all modules of a network."""

    def leave(self, made: dict) -> None:
        """What changes back with it."""

    def __reduce_ex__(self, protocol):
        return _revived, (type(self)._plain,), *super().__reduce_ex__(protocol)[2:]


def _revived(known: type) -> nn.Module:
    return object.__new__(_faster(known))


@functools.cache
def _faster(known: type) -> type | None:
    """The faster subclass of a class; None where there is none, or where the class has a method of
    its own for one that would be replaced."""
    for base in known.__mro__:
        if mixin := FASTER.get(base):
            methods = {name for name in dir(mixin) if callable(getattr(mixin, name))}
            methods -= set(dir(object)) - {"__getstate__"}
            if any(getattr(known, name, None) is not getattr(base, name, None) for name in methods):
                return None
            own = {"_plain": known, "__module__": known.__module__}
            return type(known.__name__, (mixin, _Accelerated, known), own)
    return None


def _parts(module: nn.Module) -> list[nn.Module]:
    """A module and all within it, each once; ``modules`` takes equal bases of escnn for one."""
    named = module.named_modules(remove_duplicate=False)
    return list({id(part): part for _, part in named}.values())


def accelerate(module: nn.Module) -> nn.Module:
    """Make every module of escnn in a network faster, in place; others stay as they are.

    Parameters and buffers keep their names. A state_dict has no bases but their fingerprints, so
    that it is small and the same in both modes; those of escnn load, with or without filters. What
    differs: there are no second derivatives, and tensors have their channels last in memory, so
    that ``view`` may have to be ``reshape``.

    Returns:
        The module.

    Raises:
        ValueError: a Fourier module whose grid is too small for its fields.
    """
    found = [(part, faster) for part in _parts(module) if (faster := _faster(type(part)))]
    for part, faster in found:
        if issubclass(faster, Pointwise):
            check_grid(part)
    made = {}
    for part, faster in found:
        part.__class__ = faster
        part.enter(made)
    if all(issubclass(faster, CONVOLVES) for _, faster in found):
        for part, faster in found:
            if issubclass(faster, Expansion):
                part.channels_last = not all(pair.basis.is_dense for pair in part.pairs())
    return module


def plain(module: nn.Module) -> nn.Module:
    """Undo :func:`accelerate`, in place: the modules of escnn, with their bases.

    Returns:
        The module.
    """
    made = {}
    changed = [part for part in _parts(module) if isinstance(part, _Accelerated)]
    for part in changed:
        part.leave(made)
        part.__class__ = type(part)._plain
    for part in changed:
        if hasattr(part, "expand_parameters") and not part.training:
            nn.Module.train(part)  # escnn makes filters on the way to evaluation
            with torch.no_grad():
                part.eval()
    return module
