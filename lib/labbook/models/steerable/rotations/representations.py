r"""Representations of SO(3) as lists of irreps: what a channel of a steerable network is.

A representation is a direct sum of irreps, :math:`\bigoplus_l m_l\,\rho_l`, where :math:`\rho_l`
has 2l + 1 dimensions. Its multiplicities :math:`m_0, m_1, …` say everything that sizes of networks
depend on: the dimension (the "physical channels" of a tensor), the number of irreps (the "logical
channels") and, by Schur's lemma, the number of free weights of an equivariant linear map.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Representation:
    r"""A direct sum of irreps of SO(3).

    Attributes:
        multiplicities: :math:`m_0, m_1, …`, how often the irrep of each l occurs; the last of them
            is not zero.

    Raises:
        ValueError: a multiplicity is negative.
    """

    multiplicities: tuple[int, ...]

    def __post_init__(self):
        if any(m < 0 for m in self.multiplicities):
            raise ValueError(
                f"a representation holds each irrep 0 times or more, got {self.multiplicities}."
            )
        trimmed = list(self.multiplicities)
        while trimmed and not trimmed[-1]:
            trimmed.pop()
        object.__setattr__(self, "multiplicities", tuple(trimmed))

    @property
    def size(self) -> int:
        r"""The dimension :math:`\sum_l m_l (2l + 1)`."""
        return sum(m * (2 * frequency + 1) for frequency, m in enumerate(self.multiplicities))

    @property
    def irreps(self) -> int:
        r"""The number of irreps, :math:`\sum_l m_l`."""
        return sum(self.multiplicities)

    def __add__(self, other: "Representation") -> "Representation":
        r"""The direct sum :math:`\oplus`: multiplicities add up."""
        length = max(len(self.multiplicities), len(other.multiplicities))
        pairs = zip(_padded(self, length), _padded(other, length), strict=True)
        return Representation(tuple(a + b for a, b in pairs))

    def __mul__(self, other: "Representation") -> "Representation":
        r"""The tensor product :math:`\otimes`, decomposed by

        .. math:: \rho_a \otimes \rho_b = \bigoplus_{l = |a - b|}^{a + b} \rho_l .
        """
        product = [0] * (len(self.multiplicities) + len(other.multiplicities))
        for a, m in enumerate(self.multiplicities):
            for b, n in enumerate(other.multiplicities):
                for frequency in range(abs(a - b), a + b + 1):
                    product[frequency] += m * n
        return Representation(tuple(product))

    def linear_maps(self, other: "Representation") -> int:
        r"""Free weights of an equivariant linear map to another representation, without bias.

        By Schur's lemma only equal irreps mix, each pair by one number (those of SO(3) are of real
        type): :math:`\sum_l m_l n_l`.
        """
        return sum(m * n for m, n in zip(self.multiplicities, other.multiplicities, strict=False))

    def __str__(self) -> str:
        parts = [f"{m}ρ{frequency}" for frequency, m in enumerate(self.multiplicities) if m]
        return " + ".join(parts) or "0"


def irrep(frequency: int) -> Representation:
    r"""The irrep :math:`\rho_l` alone: 2l + 1 dimensions.

    Raises:
        ValueError: a negative frequency.
    """
    if frequency < 0:
        raise ValueError(f"the irreps of SO(3) are numbered from 0, got {frequency}.")
    return Representation((0,) * frequency + (1,))


def spectral_regular(band_limit: int) -> Representation:
    r"""The regular representation up to a band limit L: :math:`\bigoplus_{l \le L} (2l+1)\,\rho_l`.

    It is the Fourier transform of functions on the group, cut off at L, and so what a pointwise
    nonlinearity on samples of such a function can act on. Its size is
    :math:`\sum_{l \le L} (2l+1)^2` (1, 10, 35, 84, …), with :math:`(L+1)^2` irreps.

    Raises:
        ValueError: a negative band limit.
    """
    _check_band_limit(band_limit)
    return Representation(tuple(2 * frequency + 1 for frequency in range(band_limit + 1)))


def sphere(band_limit: int) -> Representation:
    r"""Functions on the sphere up to a band limit L: :math:`\bigoplus_{l \le L} \rho_l`.

    Raises:
        ValueError: a negative band limit.
    """
    _check_band_limit(band_limit)
    return Representation((1,) * (band_limit + 1))


def tensor_power(representation: Representation, power: int) -> Representation:
    r"""A representation multiplied with itself: :math:`\rho \otimes … \otimes \rho`.

    Raises:
        ValueError: a power below 1.
    """
    if power < 1:
        raise ValueError(f"a tensor power has at least one factor, got {power}.")
    product = representation
    for _ in range(power - 1):
        product = product * representation
    return product


def regular_field_size(band_limit: int) -> int:
    """Physical channels of one field: the size of the spectral regular representation."""
    return spectral_regular(band_limit).size


def kernel_weights(inputs: Representation, outputs: Representation, kernel_size: int) -> int:
    r"""Free weights of a steerable convolution in three dimensions, without bias.

    Its kernel is a sum over rings of radius r = 0, 1, …, h with h = (k - 1) / 2 voxels, each a
    Gaussian shell times spherical harmonics of degree J. From irrep a to irrep b lead the degrees
    :math:`|a - b| \le J \le a + b`, and a ring carries those up to
    :math:`\min(2r,\; h - r + 2)`, escnn's default cut-off. So the count is

    .. math:: \sum_r \sum_{a, b} m_a n_b \,
              \#\{J : |a - b| \le J \le \min(a + b,\, 2r,\, h - r + 2)\} .

    Arguments:
        inputs, outputs: what the features are before (m) and after (n) the convolution.
        kernel_size: k, odd.

    Raises:
        ValueError: a kernel that is even or not positive.
    """
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(f"kernel_size is odd and positive here, got {kernel_size}.")
    half = kernel_size // 2
    total = 0
    for radius in range(half + 1):
        degree = min(2 * radius, half - radius + 2)
        for a, m in enumerate(inputs.multiplicities):
            for b, n in enumerate(outputs.multiplicities):
                total += m * n * max(0, min(a + b, degree) - abs(a - b) + 1)
    return total


def _padded(representation: Representation, length: int) -> tuple[int, ...]:
    return representation.multiplicities + (0,) * (length - len(representation.multiplicities))


def _check_band_limit(band_limit: int) -> None:
    if band_limit < 0:
        raise ValueError(f"a band limit is 0 or more, got {band_limit}.")
