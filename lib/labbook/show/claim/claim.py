"""A claim: two settings, and how a metric of theirs should differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim about the difference d of a metric: that of ``of`` less that of ``against``.

    Attributes:
        text: the claim in words.
        whose: who made it: a document, a section of it, or ourselves.
        metric: the column of the table that is compared.
        of, against: settings that pick trials of the table (columns and values); the trials
            picked may differ in the seed alone. ``against`` may also be a number.
        expect: ``less`` (d < -margin), ``greater`` (d > margin), ``equal within`` (|d| <= margin).
        margin: in the unit of d.
        relative: d in percent of ``against``, of the geometric means (tested are logarithms); then
            every value must be above zero.
        in_points: the metric is a share, such as an accuracy, and d in percentage points; so is
            an ``against`` that is a number.
        paired: trials of the same seed are compared pair by pair (Welch's test otherwise).
        exact: the metric is counted, not measured, and the same with every seed: the difference of
            any two trials tells, and there is nothing to take an interval of.
        over: settings that both sides are completed by, one after the other, for a claim about the
            mean over all of them; the unit is the seed: each that has all of them on both sides
            gives one pair.
        reported: the difference that was reported, in the unit of d; when not given, that of the
            table's column ``reported_<metric>``, where it has one.
        verdict: given where our trials cannot judge: ``not testable here: …``.

    Raises:
        ValueError: ``equal within`` without a margin, a claim that has neither settings to judge
            it by nor a verdict, one over several settings against a number, or one that is both
            relative and in points.
    """

    text: str
    whose: str
    metric: str = ""
    of: Mapping[str, Any] = field(default_factory=dict)
    against: Mapping[str, Any] | float = field(default_factory=dict)
    expect: Literal["less", "greater", "equal within"] = "less"
    margin: float = 0.0
    relative: bool = False
    in_points: bool = False
    paired: bool = False
    exact: bool = False
    over: Sequence[Mapping[str, Any]] = ()
    reported: float | str | None = None
    verdict: str = ""

    @property
    def sides(self) -> list[Mapping[str, Any]]:
        """The settings that are compared: one, where ``against`` is a number."""
        return [side for side in (self.of, self.against) if isinstance(side, Mapping)]

    def __post_init__(self) -> None:
        if self.expect not in ("less", "greater", "equal within"):
            raise ValueError(f"{self.text!r} expects {self.expect!r}: less, greater, equal within.")
        if self.expect == "equal within" and self.margin <= 0:
            raise ValueError(f"{self.text!r} expects equality: give the margin within which.")
        if not self.verdict and not (self.metric and self.of):
            raise ValueError(f"{self.text!r} needs metric= and of=, or a verdict of its own.")
        if self.relative and self.in_points:
            raise ValueError(f"{self.text!r} is relative and in points: it can be one of them.")
        if self.over and not isinstance(self.against, Mapping):
            raise ValueError(
                f"{self.text!r} is over several settings: compare it against settings."
            )
