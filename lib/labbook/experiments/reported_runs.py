"""The runs that an earlier log reported of architectures #0 to #3, read at equal steps and hours.

Its curves are smoothed accuracies and losses over hours; its spreadsheet tells the last step. So
steps are hours times a run's mean speed, and a point may be 5 % off.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from labbook.training.trajectories import smooth_curves

# Two curves closer than this count as level.
LEVEL = 0.01
OVER = {"step": "steps", "elapsed_h": "hours"}


def with_steps(curves: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Reported curves with ``step`` beside their hours.

    Arguments:
        curves: series, metric ("acc" or "loss"), elapsed_h, value_smoothed.
        runs: by name of the series, reported_last_step and reported_time_h.
    """
    run = runs.loc[curves.series]
    return curves.assign(
        step=curves.elapsed_h * (run.reported_last_step / run.reported_time_h).to_numpy()
    )


def value_at(curves: pd.DataFrame, series: str, metric: str, over: str, place: float) -> float:
    """A reported curve at a step or an hour, linearly between its points."""
    part = curves[(curves.series == series) & (curves.metric == metric)].sort_values(over)
    return float(np.interp(place, part[over], part.value_smoothed))


def compare_at_equal(
    curves: pd.DataFrame, runs: pd.DataFrame, pairs: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    """Wide and narrow networks where the shorter of their two runs ends, by steps and by hours.

    Arguments:
        curves: as of :func:`with_steps`. runs: as there.
        pairs: name of the pair → the wide and the narrow run.

    Returns:
        architecture, by ("steps" or "hours"), at; the accuracy and the loss of both; and by how
        much the wide one is ahead, lead_accuracy and lead_loss (positive: better).
    """
    rows = []
    for pair, (wide, narrow) in pairs.items():
        for over, unit in OVER.items():
            last = "reported_last_step" if over == "step" else "reported_time_h"
            place = min(runs.loc[wide, last], runs.loc[narrow, last])
            row = {"architecture": pair, "by": unit, "at": place}
            for which, name in (("wide", wide), ("narrow", narrow)):
                row[f"{which}_accuracy"] = value_at(curves, name, "acc", over, place)
                row[f"{which}_loss"] = value_at(curves, name, "loss", over, place)
            row["lead_accuracy"] = row["wide_accuracy"] - row["narrow_accuracy"]
            row["lead_loss"] = row["narrow_loss"] - row["wide_loss"]
            rows.append(row)
    return pd.DataFrame(rows)


def who_is_ahead(lead: float) -> str:
    """``wide``, ``narrow`` or, less than :data:`LEVEL` apart, ``level``."""
    return "level" if abs(lead) < LEVEL else "wide" if lead > 0 else "narrow"


def called(name: str) -> str:
    """An architecture by family and form: ``#1 wide, kernel 5``, whatever the size of its views.

    The two candidates of the wide #2 are ``#2 wide, a`` and ``#2 wide, b``.
    """
    wide = {"14": "wide", "4": "wide", "7": "narrow", "2": "narrow", "1": "narrow"}
    parts = name.split("_")
    form = f" {wide[parts[3]]}" if "width" in parts else ""
    candidate = f", {parts[-1]}" if parts[-1] in ("a", "b") else ""
    return f"#{parts[1]}{form}{', kernel 5' if 'kernel' in parts else ''}{candidate}"


def in_words(table: pd.DataFrame, column: str = "network") -> pd.DataFrame:
    """A table whose architectures are called as in the text.

    Returns:
        The table with names by :func:`called`, and those of the library in a last column
        ``library_name``.
    """
    named = table.assign(**{column: table[column].map(called), "library_name": table[column]})
    named.attrs = dict(table.attrs)
    return named


def beside_ours(reported: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """Reported curves and ours in one long table, ours smoothed by a Gaussian process.

    Arguments:
        reported: as of :func:`with_steps`.
        ours: network, step, elapsed_h, validation_accuracy and validation_loss of each point; seeds
            of a network make one curve.

    Returns:
        network (by :func:`called`), whose ("reported" or "ours"), metric ("accuracy" or "loss"),
        over ("steps" or "hours"), place and value; ours three times, for the band
        (:func:`labbook.training.trajectories.smooth_curves`).
    """
    parts = []
    for metric, short in (("accuracy", "acc"), ("loss", "loss")):
        for over, unit in OVER.items():
            theirs = reported[reported.metric == short].rename(
                columns={"series": "network", over: "place", "value_smoothed": "value"}
            )
            column = f"validation_{metric}"
            smoothed = smooth_curves(ours, over, column, "network").rename(
                columns={over: "place", column: "value"}
            )
            parts += [
                frame[["network", "place", "value"]].assign(whose=whose, metric=metric, over=unit)
                for whose, frame in (("reported", theirs), ("ours", smoothed))
                if len(frame)
            ]
    both = pd.concat(parts, ignore_index=True)
    return both.assign(network=both.network.map(called))


def steepest_step(curves: pd.DataFrame, series: str) -> float:
    """The step at which a reported loss falls fastest."""
    part = curves[(curves.series == series) & (curves.metric == "loss")].drop_duplicates("step")
    part = part.sort_values("step")
    steepest = (np.diff(part.value_smoothed) / np.diff(part.step)).argmin()
    return float(part.step.iloc[steepest : steepest + 2].mean())


def figures_of(
    curves: pd.DataFrame,
    runs: pd.DataFrame,
    pairs: Mapping[str, tuple[str, str]],
    head_percent: pd.Series,
) -> dict[str, object]:
    """The numbers that the claims of the earlier log are held against, by name.

    Arguments:
        curves, runs, pairs: as of :func:`compare_at_equal`.
        head_percent: the head's share of the parameters of each network.

    Returns:
        best (highest smoothed accuracy of each run), first and last (of each run), wide_ahead
        ("hours" and "steps": pairs in which the wide run leads in accuracy and in loss, and by how
        much at most), fewer (how many times fewer steps per hour the wide run makes), jump (the
        steepest step of the two narrow runs that jump), last_epoch, head (least, most, how many
        above half, of how many).
    """
    accuracy = curves[curves.metric == "acc"].sort_values("elapsed_h").groupby("series")
    ahead = {}
    for unit, rows in compare_at_equal(curves, runs, pairs).groupby("by"):
        leads = [rows[name] for name in ("lead_accuracy", "lead_loss")]
        counts = [int((lead >= LEVEL).sum()) for lead in leads]
        ahead[unit] = {"accuracy": counts[0], "loss": counts[1], "most": float(leads[0].max())}
    steps_per_h = runs.reported_last_step / runs.reported_time_h
    fewer = [steps_per_h[narrow] / steps_per_h[wide] for wide, narrow in pairs.values()]
    jumping = ("arch_2_width_7_repeats_1", "arch_3_width_7_repeats_1")
    return {
        "best": accuracy.value_smoothed.max(),
        "first": accuracy.value_smoothed.first(),
        "last": accuracy.value_smoothed.last(),
        "wide_ahead": ahead,
        "fewer": ", ".join(f"{ratio:.1f}" for ratio in fewer),
        "jump": [steepest_step(curves, series) for series in jumping],
        "last_epoch": runs.reported_last_epoch,
        "head": {
            "least": head_percent.min(), "most": head_percent.max(),
            "above_half": int((head_percent > 50).sum()), "of": len(head_percent),
        },
    }  # fmt: skip


def conclusions(path: str | Path, figures: Mapping[str, object]) -> pd.DataFrame:
    """What the earlier log concluded, beside what its own figures say.

    Arguments:
        path: a YAML list of claim, figures (a text with names of :func:`figures_of` in braces) and
            verdict.
        figures: what :func:`figures_of` gives.
    """
    entries = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    rows = [entry | {"figures": entry["figures"].format(**figures)} for entry in entries]
    return pd.DataFrame(rows).rename(columns={"figures": "what the reported figures say"})


def with_reported_ends(
    table: pd.DataFrame, curves: pd.DataFrame, runs: pd.DataFrame
) -> pd.DataFrame:
    """A table of trials with the ends of the reported runs of the same networks.

    Both candidates of the wide #2 stand for the one that was reported.

    Returns:
        The table with reported_end_acc and reported_end_loss (smoothed) and the columns of runs.
    """
    last = curves.sort_values("elapsed_h").groupby(["series", "metric"]).value_smoothed.last()
    reported = runs.join(last.unstack().add_prefix("reported_end_"))
    names = table.network.str.replace(r"_[ab]$", "", regex=True)
    joined = table.join(reported, on=names.rename("reported_name"))
    joined.attrs = dict(table.attrs)
    return joined
