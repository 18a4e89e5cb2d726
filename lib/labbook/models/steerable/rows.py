"""Feature fields as rows of a matrix, and back."""

from torch import Tensor


def to_rows(x: Tensor, size: int) -> Tensor:
    """(B, C, Z, Y, X) as (B Z Y X C / size, size); a view where channels lie last in memory."""
    if x.shape[1] % size:
        raise ValueError(f"{x.shape[1]} channels are no whole number of fields of {size} channels.")
    return x.permute(0, 2, 3, 4, 1).reshape(-1, size)


def from_rows(rows: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Rows of (B, ., Z, Y, X) as (B, C, Z, Y, X), channels last in memory."""
    batch, _, *space = shape
    return rows.reshape(batch, *space, -1).permute(0, 4, 1, 2, 3)
