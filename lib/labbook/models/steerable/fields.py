"""Types of feature fields: how many, and of which irreps of SO(3)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldType:
    """Feature fields that lie behind one another in the channels of a tensor.

    Arguments:
        groups: (count, multiplicities) of each group of equal fields; multiplicities[l] tells how
            often the irrep of degree l stands in a field. Channels run over groups, fields,
            degrees, copies of the irrep and its 2l + 1 components, in this order.
    """

    groups: tuple[tuple[int, tuple[int, ...]], ...]

    def __post_init__(self):
        for count, multiplicities in self.groups:
            if count < 1 or not any(multiplicities) or min(multiplicities) < 0:
                raise ValueError(
                    f"a group of fields needs a count above 0 and some irrep, got {count} fields "
                    f"with multiplicities {multiplicities}."
                )

    def __add__(self, other: "FieldType") -> "FieldType":
        return FieldType(self.groups + other.groups)

    def __str__(self) -> str:
        return " + ".join(f"{count} x {multiplicities}" for count, multiplicities in self.groups)

    @property
    def size(self) -> int:
        """Channels of a tensor."""
        return sum(count * field_size(multiplicities) for count, multiplicities in self.groups)

    @property
    def invariants(self) -> list[int]:
        """The channels of irreps of degree 0, which a bias may be added to."""
        channels, start = [], 0
        for count, multiplicities in self.groups:
            size = field_size(multiplicities)
            for field in range(count):
                channels += range(start + field * size, start + field * size + multiplicities[0])
            start += count * size
        return channels


def field_size(multiplicities: tuple[int, ...]) -> int:
    """Channels of one field: the sum of (2l + 1) times multiplicity over the degrees l."""
    return sum((2 * degree + 1) * count for degree, count in enumerate(multiplicities))


def scalars(count: int) -> FieldType:
    """Fields that a rotation leaves alone, one channel each."""
    return FieldType(((count, (1,)),))


def regular(count: int, band_limit: int = 2) -> FieldType:
    """Spectral regular fields: functions on SO(3), each irrep l as often as its size 2l + 1.

    A field has the sum of (2l + 1)^2 channels: 35 at band limit 2.
    """
    return FieldType(((count, tuple(2 * degree + 1 for degree in range(band_limit + 1))),))


def sphere(count: int, band_limit: int = 2) -> FieldType:
    """Functions on the sphere: each irrep once, (band_limit + 1)^2 channels."""
    return FieldType(((count, (1,) * (band_limit + 1)),))
