"""Results of batch norms that are made again in the backward pass, instead of being kept for it.

A batch norm keeps its input anyway, and its result is a scale and a summand away from it. So what
comes after keeps the batch norm's input, which costs no memory, and not the result.
"""

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from labbook.models.fieldwise.rows import to_rows


class Recipe(NamedTuple):
    """What a batch norm was given.

    Arguments:
        tensors: input, mean, variance, scale, summand; without gradients.
        eps: what it adds to the variance.
        version: of its result; what is written into that since is not in the recipe.
    """

    tensors: tuple[Tensor, ...]
    eps: float
    version: int


def note(result: Tensor, *tensors: Tensor, eps: float) -> None:
    """Remember how a batch norm made its result, as long as the result is there."""
    if result.requires_grad:
        tensors = tuple(tensor.detach() for tensor in tensors)
        result.recipe = Recipe(tensors, eps, result._version)


def recipe_of(x: Tensor) -> Recipe | None:
    """How x was made, if it is the unchanged result of a batch norm."""
    recipe = getattr(x, "recipe", None)
    return recipe if recipe and recipe.version == x._version else None


def keep(ctx, rows: Tensor, recipe: Recipe | None, *others: Tensor) -> None:
    """Let the context of an autograd function keep some tensors, and rows (..., size) or what they
    are made of."""
    ctx.shape, ctx.eps = rows.shape, recipe and recipe.eps
    ctx.save_for_backward(*others, *(recipe.tensors if recipe else (rows,)))


def kept(ctx, others: int) -> tuple[Tensor, ...]:
    """So many tensors that were kept, and the rows."""
    found = ctx.saved_tensors
    rows = found[others]
    if ctx.eps is not None:
        made = functional.batch_norm(*found[others:], eps=ctx.eps)
        rows = to_rows(made, ctx.shape[-1]).view(ctx.shape)
    return *found[:others], rows
