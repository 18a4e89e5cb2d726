"""Kernel bases of escnn sampled without their zeros."""

import numpy as np
import torch
from escnn.kernels import KernelBasis, SteerableKernelBasis
from scipy import sparse

ROUNDING = 1e-7  # what single precision leaves where a number is zero, relative to the largest


def sample(basis: KernelBasis, points: torch.Tensor) -> sparse.csr_array:
    """The elements of a basis at some points, each a row.

    Arguments:
        basis: of E elements (O, I). points: (P, d).

    Returns:
        (E, O I P), with the entries that are not zero.
    """
    if not isinstance(basis, SteerableKernelBasis):
        dense = basis.sample(points).permute(1, 2, 3, 0).flatten(1)
        return _without_rounding(sparse.csr_array(dense.numpy()))
    inputs, outputs = (
        None if change is None else _without_rounding(sparse.csr_array(change.numpy()))
        for change in (basis.A_inv, basis.B)
    )
    (o, i), e, p = basis.shape, basis.dim, len(points)
    place, values = _direct_sum(basis, points)
    if inputs is not None:
        place, values = _times(place, values, (e, o, i, p), 2, inputs.T)
    if outputs is not None:
        place, values = _times(place, values, (e, o, i, p), 1, outputs)
    row, *columns = place
    column = np.ravel_multi_index(columns, (o, i, p))
    return _without_rounding(sparse.csr_array((values, (row, column)), (e, o * i * p)))


def _direct_sum(basis: SteerableKernelBasis, points) -> tuple[np.ndarray, np.ndarray]:
    """The entries between sums of irreps: places (4, N) as element, output, input, point; values.

    escnn orders elements by the harmonic that they are made of, then by input and output irrep.
    """
    harmonics = basis.compute_harmonics(points)
    starts, total = {}, 0
    for j in basis.js:
        starts[j], total = total, total + basis.dim_harmonic(j)
    of_irreps, places, values = {}, [], []
    column = 0
    for first, width in zip(basis.bases, basis.in_sizes, strict=True):
        row = 0
        for irreps, height in zip(first, basis.out_sizes, strict=True):
            if irreps is not None and id(irreps) not in of_irreps:
                of_irreps[id(irreps)] = _of_irreps(irreps, harmonics)
            for j, (place, value) in of_irreps.get(id(irreps), {}).items():
                places.append(place + np.array([[starts[j]], [row], [column], [0]]))
                values.append(value)
                starts[j] += irreps.dim_harmonic(j)
            row += height
        column += width
    return np.concatenate(places, 1), np.concatenate(values)


def _of_irreps(irreps, harmonics: dict) -> dict:
    """The entries between two irreps, for each harmonic."""
    found = {}
    for j, dense in irreps.sample_harmonics(harmonics).items():
        dense = dense.permute(1, 2, 3, 0).numpy()
        place = np.nonzero(np.abs(dense) > ROUNDING * np.abs(dense).max())
        found[j] = np.stack(place), dense[place]
    return found


def _times(place, values, shape, axis: int, change: sparse.csr_array):
    """Entries in another basis of one axis: sum over b of change[a, b] times entry b."""
    others = [other for other in range(4) if other != axis]
    sizes = [shape[other] for other in others]
    row = np.ravel_multi_index(place[others], sizes)
    matrix = sparse.csr_array((values, (row, place[axis])), (int(np.prod(sizes)), shape[axis]))
    product = (matrix @ change.T).tocoo()
    places = np.empty((4, product.nnz), dtype=np.int64)
    places[others] = np.unravel_index(product.coords[0], sizes)
    places[axis] = product.coords[1]
    return places, product.data


def _without_rounding(matrix: sparse.csr_array) -> sparse.csr_array:
    matrix.data[np.abs(matrix.data) < ROUNDING * np.abs(matrix.data).max(initial=0)] = 0
    matrix.eliminate_zeros()
    return matrix
