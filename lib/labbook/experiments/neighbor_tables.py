"""What tables of neighbor-location trials show beside their settings: costs, intervals, hours."""

import pandas as pd

from labbook.experiments.neighbor_networks import resnet_row

MEASURED = (
    "train_loss",
    "validation_loss",
    "validation_accuracy",
    "validation_accuracy_low",
    "validation_accuracy_high",
    "precise_accuracy",
)
COSTS = {"forward_per_pair": "GFLOP per pair", "training_cpu_min": "CPU-minutes of training"}


def with_costs(table: pd.DataFrame) -> pd.DataFrame:
    """A table of ResNets (of trials, or of settings) with :func:`resnet_row` of each.

    A bottleneck that is missing is called "none". A table without ``view_voxels`` is of 15 voxels.
    """
    settings = ["block", "schedule", "max_channels", "bottleneck"]
    settings += ["view_voxels"] if "view_voxels" in table else []
    rows = [resnet_row(**row) for row in table[settings].to_dict("records")]
    costs = pd.DataFrame(rows, index=table.index)
    joined = pd.concat([table.drop(columns=costs.columns, errors="ignore"), costs], axis=1)
    joined["bottleneck"] = joined.bottleneck.astype(object).fillna("none")
    joined.attrs = dict(table.attrs)
    return joined


def with_metrics(table: pd.DataFrame) -> pd.DataFrame:
    """A table of trials that has every metric; those that no trial has measured yet are empty.

    ``validation_accuracy_low`` and ``_high`` are the ends of the 95 % interval of one trial's
    accuracy, by drawing whole validation structures anew; it says nothing of other seeds.
    ``precise_accuracy`` is that with the precise statistics of batch norms.
    """
    missing = [name for name in MEASURED if name not in table]
    return table.assign(**dict.fromkeys(missing, float("nan")))


def of_resnets(table: pd.DataFrame) -> pd.DataFrame:
    """A table of trials of ResNets with their costs and metrics."""
    return with_metrics(with_costs(table))


def by_dtype(exact: pd.DataFrame, half: pd.DataFrame) -> pd.DataFrame:
    """Trials of ResNets whose convolutions multiply in half precision, below those that do not.

    Arguments:
        exact: trials (:func:`of_resnets`) of which those with the settings of ``half`` are taken.
        half: trials of one setting, with the column ``dtype``.
    """
    half = of_resnets(half)
    settings = ["block", "schedule", "max_channels", "bottleneck"]
    alike = (exact[settings] == half[settings].iloc[0]).all(axis=1)
    both = pd.concat([exact[alike].assign(dtype="float32"), half], ignore_index=True)
    both.attrs = dict(half.attrs)
    return both


def with_core_hours(table: pd.DataFrame, cost: str, finished: pd.DataFrame) -> pd.DataFrame:
    r"""A table of trials with ``core_hours``, estimated from what other trials took, by FLOPs.

    :math:`h = N F \cdot \mathrm{median}_i(t_i / N_i F_i)` over the trials i that have run, N their
    ``inputs``, F the FLOPs of a pair and t the CPU time; empty while none has.

    Arguments:
        cost: the column of F in both tables, in one unit.
        finished: trials of which some have run.
    """
    per_flop = (finished.cpu_time_s / (finished.inputs * finished[cost])).median()
    return table.assign(core_hours=table.inputs * table[cost] * per_flop / 3600)


def with_training_minutes(table: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """A table of trials with ``training_cpu_min``, the CPU time of their steps alone.

    Unlike ``cpu_time_s`` of most trials, it holds no validation.

    Arguments:
        curves: key and validation_cpu_time_s of the trials, as ``trials.curves`` gives them.
    """
    minutes = curves.groupby("key").validation_cpu_time_s.max().astype(float) / 60
    return table.assign(training_cpu_min=table.key.map(minutes))


def with_late_loss(table: pd.DataFrame, curves: pd.DataFrame, after: int) -> pd.DataFrame:
    """A table of trials with ``late_train_loss``, the mean loss of their last training pairs.

    Arguments:
        curves: key, inputs_measured and train_loss of the trials, as ``trials.curves`` gives them.
        after: training pairs after which points of the curve are counted.
    """
    late = curves[curves.inputs_measured > after].groupby("key").train_loss.mean().astype(float)
    return table.assign(late_train_loss=table.key.map(late))


def setting_means(table: pd.DataFrame, settings: list[str]) -> pd.DataFrame:
    """What the networks of each setting cost and end at, as means over seeds.

    Arguments:
        table: trials of ResNets (:func:`of_resnets`) with their minutes and late losses.
        settings: the columns that tell settings apart.

    Returns:
        The settings, parameters, forward_per_pair (GFLOP), training_cpu_min and late_train_loss.
    """
    columns = ["parameters", "forward_per_pair", "training_cpu_min", "late_train_loss"]
    return table.groupby(settings, sort=False)[columns].mean().reset_index()


def best_by_cost(ends: pd.DataFrame, metric: str, within: float) -> pd.DataFrame:
    """The settings near the most accurate one, a row for each of their costs, as a figure wants it.

    Arguments:
        ends: one row for each setting, with the metric and the columns of :data:`COSTS`.
        metric: an accuracy; settings without it are left out.
        within: how far below the highest accuracy, 0.08 being 8 percentage points.

    Returns:
        The columns of ``ends``, but for those of COSTS ``cost`` (its label) and ``spent``.
    """
    near = ends[ends[metric] > ends[metric].max() - within]
    near = near.rename(columns=COSTS)
    others = [column for column in near if column not in COSTS.values()]
    return near.melt(others, list(COSTS.values()), "cost", "spent")
