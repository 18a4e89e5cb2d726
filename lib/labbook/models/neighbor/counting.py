r"""Free weights of equivariant maps, from the irreps of two representations of SO(3) alone.

A representation is a direct sum of irreps :math:`\rho_l` of 2l + 1 dimensions. How often each
occurs, :math:`m_0, m_1, …`, says all that the number of weights depends on.
"""

from collections import Counter

from escnn.group import Representation


def multiplicities(representation: Representation) -> Counter:
    """How often the irrep of each degree occurs."""
    return Counter(degree for (degree,) in representation.irreps)


def irreps_of(representation: Representation) -> str:
    """The irreps as a sum, for instance 1ρ0 + 3ρ1."""
    counts = sorted(multiplicities(representation).items())
    return " + ".join(f"{count}ρ{degree}" for degree, count in counts)


def linear_maps(before: Representation, after: Representation) -> int:
    r"""Free weights of an equivariant linear map without bias.

    By Schur's lemma only equal irreps mix, each pair by one number (those of SO(3) are of real
    type): :math:`\sum_l m_l n_l`.
    """
    inputs, outputs = multiplicities(before), multiplicities(after)
    return sum(count * outputs[degree] for degree, count in inputs.items())


def kernel_weights(before: Representation, after: Representation, kernel_size: int) -> int:
    r"""Free weights of a steerable convolution in three dimensions, without bias.

    Its kernel is a sum over rings of radius r = 0, 1, …, up to (k - 1) / 2 rounded down, each a
    Gaussian shell times spherical harmonics of degree J. From irrep a to irrep b lead the degrees
    :math:`|a - b| \le J \le a + b`, and a ring carries those up to escnn's default cut-off,
    :math:`c_r = \min(2r,\; \lfloor k / 2 \rfloor - r + 2)`. So the count is

    .. math:: \sum_r \sum_{a, b} m_a n_b \,
              \#\{J : |a - b| \le J \le \min(a + b,\, c_r)\} .

    An even kernel has no voxel at its centre, and no ring of radius 0.

    Arguments:
        before, after: what the features are before (m) and after (n) the convolution.
        kernel_size: k.

    Raises:
        ValueError: a kernel that is not positive.
    """
    if kernel_size < 1:
        raise ValueError(f"kernel_size must be positive, got {kernel_size}.")
    total = 0
    for radius in range(1 - kernel_size % 2, (kernel_size + 1) // 2):
        cutoff = min(2 * radius, kernel_size // 2 - radius + 2)
        for a, m in multiplicities(before).items():
            for b, n in multiplicities(after).items():
                total += m * n * max(0, min(a + b, cutoff) - abs(a - b) + 1)
    return total
