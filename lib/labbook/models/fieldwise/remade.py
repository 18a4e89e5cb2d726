"""What the backward pass needs and makes again, instead of keeping it from the forward pass.

A batch norm keeps its input anyway, and its result is a scale and a summand away from it: what
comes after keeps the batch norm's input, which costs no memory, and not the result. A nonlinearity
keeps its input, too: a convolution after it keeps that, and not the result.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from labbook.models.fieldwise.rows import from_rows, full_precision


class Recipe(NamedTuple):
    """How a tensor was made.

    Arguments:
        make: makes it again of the tensors, without gradients.
        tensors: kept anyway, without gradients.
        quick: whether it takes no longer than reading the tensors.
        version: of the result; what is written into that since is not in the recipe.
    """

    make: Callable[..., Tensor]
    tensors: tuple[Tensor, ...]
    quick: bool
    version: int


def note(result: Tensor, make: Callable[..., Tensor], *tensors: Tensor, quick: bool = True) -> None:
    """Remember how a result was made of some tensors, as long as the result is there."""
    if result.requires_grad:
        tensors = tuple(tensor.detach() for tensor in tensors)
        result.recipe = Recipe(make, tensors, quick, result._version)


def note_after(result: Tensor, apply: Callable[..., Tensor], x: Tensor, *others: Tensor) -> None:
    """Remember a result whose rows are ``apply(x, *others)``, of a function that keeps x for its
    backward pass, or what x is made of."""
    recipe = recipe_of(x, quick=True)
    before = recipe.tensors if recipe else (x,)
    make = partial(_in_turn, recipe and recipe.make, apply, len(others))
    note(result, make, *others, *before, quick=False)


def _in_turn(make: Callable | None, apply: Callable, others: int, *tensors: Tensor) -> Tensor:
    x = make(*tensors[others:]) if make else tensors[others]
    return from_rows(apply(x, *tensors[:others]), x.shape)


def recipe_of(x: Tensor, quick: bool = False) -> Recipe | None:
    """How x was made, if it is unchanged since and somebody took note.

    Arguments:
        quick: None for those that take long.
    """
    recipe = getattr(x, "recipe", None)
    known = recipe and recipe.version == x._version and recipe.quick >= quick
    return recipe if known else None


class Again(torch.autograd.Function):
    """``apply(x, *others)`` of some quick function of torch, which is done again in the backward
    pass, so that nothing is kept but its input, or what that is made of.

    Takes x, its recipe, the function and the others; gives y.
    """

    @staticmethod
    def forward(ctx, x: Tensor, recipe: Recipe | None, apply: Callable, *others: Tensor) -> Tensor:
        keep(ctx, x, recipe, *others)
        ctx.function, ctx.others = apply, len(others)
        return apply(x, *others)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        *others, x = kept(ctx, ctx.others)
        inputs = [tensor.detach() for tensor in (x, *others)]
        asked = [ctx.needs_input_grad[0], *ctx.needs_input_grad[3:]]
        for tensor, needed in zip(inputs, asked, strict=True):
            tensor.requires_grad_(needed)
        with torch.enable_grad(), full_precision(x.device):
            y = ctx.function(*inputs)
        found = iter(torch.autograd.grad(y, [t for t in inputs if t.requires_grad], gradient))
        of_x, *of_others = (next(found) if needed else None for needed in asked)
        return of_x, None, None, *of_others


def keep(ctx, x: Tensor, recipe: Recipe | None, *others: Tensor) -> None:
    """Let the context of an autograd function keep some tensors, and x or what it is made of."""
    ctx.make = recipe and recipe.make
    ctx.save_for_backward(*others, *(recipe.tensors if recipe else (x,)))


def kept(ctx, others: int) -> tuple[Tensor, ...]:
    """So many tensors that were kept, and x."""
    found = ctx.saved_tensors
    x = ctx.make(*found[others:]) if ctx.make else found[others]
    return *found[:others], x
