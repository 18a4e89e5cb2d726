"""Runs in TensorBoard's event files, read by TensorBoard's own ``EventAccumulator``."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labbook.commands.importing.original import ImportFailed, Original, Point, place_of
from labbook.log.records.key import short_digest

# All points: by default TensorBoard draws ten thousand of a curve at random.
ALL_POINTS = {"scalars": 0, "tensors": 0}
EVENT_FILES = "*tfevents*"


def read(path: Path) -> Iterator[Original | ImportFailed]:
    """Each folder of event files at or below ``path`` as one run, or what is wrong with it.

    ``SummaryWriter.add_hparams`` writes its settings and metrics into a folder below the run's:
    these belong to the run.

    Raises:
        ImportFailed: there are no event files.
    """
    files = [path, *path.rglob(EVENT_FILES)]
    folders = sorted({f.parent for f in files if f.match(EVENT_FILES) and f.is_file()})
    if not folders:
        raise ImportFailed(f"{path} holds no event files (…tfevents…).")
    runs = {}
    for folder in folders:
        try:
            runs[folder] = _run(folder, path)
        except ImportFailed as error:
            yield error
    for folder in [*runs][::-1]:
        parent = runs.get(folder.parent)
        if parent is not None and runs[folder].settings and not parent.settings:
            runs[folder.parent] = _joined(parent, runs.pop(folder))
    yield from runs.values()


def _joined(run: Original, hparams: Original) -> Original:
    """A run with the settings, metrics and outcome that lie in a folder below its own."""
    return dataclasses.replace(
        run,
        end=max(run.end, hparams.end),
        settings=hparams.settings,
        curves={n: p for n, p in hparams.curves.items() if len(p) > 1} | run.curves,
        metrics=hparams.metrics | run.metrics,
        outcome=hparams.outcome,
        error=hparams.error,
    )


def _run(folder: Path, root: Path) -> Original:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    events = EventAccumulator(str(folder), size_guidance=ALL_POINTS).Reload()
    tags = events.Tags()
    curves = {
        tag: [Point(e.step, e.wall_time, e.value) for e in events.Scalars(tag)]
        for tag in tags["scalars"]
    }
    for tag in tags["tensors"]:
        if events.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            curves[tag] = [
                Point(e.step, e.wall_time, make_ndarray(e.tensor_proto).item())
                for e in events.Tensors(tag)
            ]
    first = min(file.name for file in folder.glob(EVENT_FILES))
    times = [point.time for points in curves.values() for point in points]
    try:
        start = events.FirstEventTimestamp()
    except ValueError:  # its run was killed before it wrote any, or this is another kind of file
        raise ImportFailed(f"{folder} is left out: its event files hold no events.") from None
    place = place_of(folder, root)
    return Original(
        run=short_digest(first),  # its name has time, machine and process
        name=place.partition("/")[2] or place,
        path=place,
        start=start,
        end=max([start, *times]),
        curves=curves,
        metrics={tag: points[-1].value for tag, points in curves.items() if points},
        **_hparams(events),
    )


def _hparams(events: Any) -> dict[str, Any]:
    """Settings and outcome, where the run told them to TensorBoard's plugin of that name."""
    from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2

    try:
        told = events.PluginTagToContent("hparams")
    except KeyError:
        return {}
    found: dict[str, Any] = {}
    for content in told.values():
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        for name, value in data.session_start_info.hparams.items():
            kind = value.WhichOneof("kind")
            found.setdefault("settings", {})[name] = kind and getattr(value, kind)
        if data.HasField("session_end_info"):
            status = data.session_end_info.status
            if status == api_pb2.STATUS_SUCCESS:
                found["outcome"] = "ok"
            elif status == api_pb2.STATUS_FAILURE:
                found |= {"outcome": "failed", "error": "it told that it had failed."}
    return found
