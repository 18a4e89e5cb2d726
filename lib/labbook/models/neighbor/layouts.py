r"""The convolutions of architectures #0 to #3, as tables: widths, kernels, strides, sizes.

All start from two views of 21x21x21 voxels and end with a single voxel. Widths are in fields of
band limit 2 (35 physical channels each).

====================  ============================================================================
architecture          idea
====================  ============================================================================
#0                    the first network: one stride of 2 at once, then unpadded convolutions
#1                    no down-sampling: unpadded convolutions alone
#2                    padded strides, 17 → 9 → 5, after two unpadded convolutions
#3                    as shallow as kernels of 3 allow without a stride in the first layer
====================  ============================================================================

The wide form of #2 is not determined by what was reported of it: two candidates are kept. ``_a``
is the only one that fits all four printed figures, with the widths 14, 28, 56, but its convolutions
don't lie as its name suggests. ``_b`` has the widths 14, 29, 58 of its siblings, and one
of its figures is 0.3 % beyond the edge where it would be printed as reported.

Forms of our own are there to be trained on a CPU. For views of 13 voxels each family has the same
idea at 2/7 of the widths, the narrow ones from 2 fields and the wide ones from 4
(``arch_1_width_2_size_13``, …); for 21 voxels ``arch_2_width_1``, ``arch_3_width_1`` and
``arch_3_width_3``; for 11 voxels ``arch_2_width_1_size_11``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labbook.models.neighbor.counting import kernel_weights
from labbook.models.neighbor.layers.fields import GROUP, regular_field
from labbook.models.neighbor.planning import Step, plan_steps, plan_widths

INPUT_SIZE = 21  # voxels along an edge of a view


@dataclass(frozen=True)
class Layout:
    """The convolutions of an encoder, from a whole view to one voxel.

    Attributes:
        widths: fields after each convolution.
        steps: kernel, stride, padding and the size that comes out, one for each width.
        input_size: edge of a view, in voxels.
    """

    widths: tuple[int, ...]
    steps: tuple[Step, ...]
    input_size: int = INPUT_SIZE

    def __post_init__(self):
        if len(self.widths) != len(self.steps):
            raise ValueError(
                f"a layout has one width for each convolution, got {len(self.widths)} widths and "
                f"{len(self.steps)} convolutions."
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Edge of the cube after each convolution, in voxels."""
        return tuple(step.size for step in self.steps)

    def parameters(self, in_channels: int = 4) -> int:
        r"""Parameters of the whole classifier, by formula.

        With widths :math:`w_1 … w_n`, C input channels and :math:`a_k, a^0_k` free weights of a
        kernel from field to field and from scalar to field,

        .. math::
            a^0_{k_1} C w_1 + \sum_i a_{k_i} w_{i-1} w_i + 2 \sum_{i<n} w_i + w_n
            + 35 (2 w_n)^2 + 2 w_n + 9 (2 w_n) + 1 .

        The last convolution has a bias and no batch norm; then follow the hidden layer of the head
        and its map to a function on the sphere.
        """
        return self.encoder_parameters(in_channels) + self.head_parameters()

    def encoder_parameters(self, in_channels: int = 4) -> int:
        """Parameters of the convolutions and batch norms; see :meth:`parameters`."""
        regular = regular_field()
        first = in_channels * self.widths[0]
        total = first * kernel_weights(GROUP.irrep(0), regular, self.steps[0].kernel_size)
        for before, after, step in zip(
            self.widths[:-1], self.widths[1:], self.steps[1:], strict=True
        ):
            total += before * after * kernel_weights(regular, regular, step.kernel_size)
        return total + 2 * sum(self.widths[:-1]) + self.widths[-1]

    def head_parameters(self) -> int:
        """Parameters of the hidden layer and of the sphere field; see :meth:`parameters`."""
        both_views = 2 * self.widths[-1]
        return 35 * both_views**2 + both_views + 9 * both_views + 1


def _planned(sizes: Sequence[int], first_fields: int, cap: int, kernel_size: int = 3) -> Layout:
    """Widths by the planner, capped; convolutions from the sizes."""
    widths = plan_widths(sizes, first_fields=first_fields, cap=cap)
    return Layout(tuple(widths), tuple(plan_steps(sizes, kernel_size)), sizes[0])


def _listed(*rows: tuple[int, int]) -> Layout:
    """Kernels of 3 with these (width, size after)."""
    sizes = [INPUT_SIZE, *(size for _, size in rows)]
    return Layout(tuple(width for width, _ in rows), tuple(plan_steps(sizes, 3)))


def _in_proportion(steps: Sequence[Step], first_fields: int, cap: int) -> Layout:
    """Widths that grow as the edge shrinks, rounded to fields and capped, from 13 voxels."""
    first = steps[0].size
    widths = [min(round(first_fields * first / step.size), cap) for step in steps]
    return Layout(tuple(widths), tuple(steps), 13)


def _doubling(steps: Sequence[Step], first_fields: int) -> Layout:
    """Widths that double at each stride, from 13 voxels."""
    widths, before = [], first_fields
    for step in steps:
        before *= 2 if step.stride == 2 else 1
        widths.append(before)
    return Layout(tuple(widths), tuple(steps), 13)


_UNPADDED = [21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1]
_UNPADDED_5 = [21, 17, 13, 9, 5, 1]
_PADDED = [21, 19, 17, 9, 5, 3, 1]
_SHALLOW = [21, 19, 9, 7, 3, 1]
# From 13 voxels. Two padded strides, 9 → 5 → 3, make #2; #3 has room for one stride.
_PADDED_STRIDE = Step(kernel_size=3, stride=2, padding=1, size=3)
_13_UNPADDED = plan_steps([13, 11, 9, 7, 5, 3, 1], 3)
_13_PADDED = [*plan_steps([13, 11, 9, 5], 3), _PADDED_STRIDE, *plan_steps([3, 1], 3)]
_13_PADDED_DEEP = [
    *plan_steps([13, 11, 11, 11, 9, 5, 5], 3), _PADDED_STRIDE, *plan_steps([3, 3, 1], 3)
]  # fmt: skip
_13_SHALLOW = plan_steps([13, 11, 5, 3, 1], 3)
_13_SHALLOW_DEEP = plan_steps([13, *[11] * 5, 5, *[3] * 5, 1], 3)

LAYOUTS = {
    "arch_0": Layout(
        (10, 20, 30, 40, 50), (*plan_steps([21, 9], 5), *plan_steps([9, 7, 5, 3, 1], 3))
    ),
    "arch_1_width_14": _planned(_UNPADDED, 14, 117),
    "arch_1_width_7": _planned(_UNPADDED, 7, 117),
    "arch_1_width_14_kernel_5": _planned(_UNPADDED_5, 14, 117, kernel_size=5),
    "arch_1_width_7_kernel_5": _planned(_UNPADDED_5, 7, 117, kernel_size=5),
    "arch_2_width_14_repeats_4_a": _listed(
        (14, 19), (14, 19), (14, 19), (14, 17), (28, 9), (28, 9), (56, 5), (56, 5), (56, 3), (56, 1)
    ),
    "arch_2_width_14_repeats_4_b": _listed(
        (14, 19), (14, 17), (14, 17), (14, 17), (29, 9), *[(29, 9)] * 4, (58, 5), (58, 3), (58, 1)
    ),
    "arch_2_width_7_repeats_1": _planned(_PADDED, 7, 58),
    "arch_3_width_14_repeats_4": _listed(
        *[(14, 19)] * 5, (29, 9), *[(29, 7)] * 5, (58, 3), (58, 1)
    ),
    "arch_3_width_7_repeats_1": _planned(_SHALLOW, 7, 58),
    "arch_2_width_1": _planned(_PADDED, 1, 14),
    "arch_2_width_1_size_11": _planned([11, 9, 5, 3, 1], 1, 14),
    "arch_3_width_1": _planned(_SHALLOW, 1, 14),
    "arch_3_width_3": _planned(_SHALLOW, 3, 14),
    "arch_0_size_13": Layout(
        (3, 6, 9), (*plan_steps([13, 5], 5), *plan_steps([5, 3, 1], 3)), 13
    ),
    "arch_1_width_2_size_13": _in_proportion(_13_UNPADDED, 2, 33),
    "arch_1_width_4_size_13": _in_proportion(_13_UNPADDED, 4, 33),
    "arch_2_width_2_size_13": _in_proportion(_13_PADDED, 2, 17),
    "arch_2_width_4_repeats_4_size_13": _doubling(_13_PADDED_DEEP, 4),
    "arch_3_width_2_size_13": _in_proportion(_13_SHALLOW, 2, 17),
    "arch_3_width_4_repeats_4_size_13": _doubling(_13_SHALLOW_DEEP, 4),
}  # fmt: skip


def layout(name: str) -> Layout:
    """The convolutions of an architecture by name.

    Raises:
        ValueError: an unknown name; the wide #2, of which there are two candidates.
    """
    if name in LAYOUTS:
        return LAYOUTS[name]
    if candidates := [known for known in LAYOUTS if known[:-2] == name]:
        raise ValueError(
            f"{name} is not determined by what was reported of it; its candidates are "
            f"{' and '.join(candidates)}."
        )
    raise ValueError(f"architecture must be one of {', '.join(LAYOUTS)}, got {name!r}.")
