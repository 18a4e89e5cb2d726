"""A record, a run, and how files are damaged."""

import json
import os
from pathlib import Path

from labbook.log.records.key import record_key
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord

START = "2026-11-22T10:00:00.000000+00:00"


def a_record(width: int = 3, **fields) -> Record:
    configuration = {"width": width}
    return Record(
        **{
            "key": record_key("toy.train", configuration, ""),
            "function": "toy.train",
            "experiment": "toy",
            "configuration": configuration,
            "data_digest": "",
            "outcome": "ok",
            "start": START,
            "end": START,
            "metrics": {"loss": 0.5},
            "history": {"loss": [1.0, 0.5]},
            "provenance": {"code": {"toy.train": "0123"}, "versions": {"python": "3.12"}},
        }
        | fields
    )


def a_run(**fields) -> RunRecord:
    return RunRecord(
        **{
            "id": "20261122T100000-abcdef",
            "experiment": "toy",
            "outcome": "ok",
            "error": None,
            "parameters_given": {},
            "parameters_used": {},
            "profile": None,
            "start": START,
            "end": START,
            "wall_time_s": 1.0,
            "source_digest": "",
            "provenance": {},
            "notebook": "",
        }
        | fields
    )


def damaged(path: Path, **fields: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def in_place_of(path: Path, what: str) -> None:
    path.unlink()
    if what == "a folder":
        path.mkdir()
    elif what == "a FIFO":
        os.mkfifo(path)
    elif what == "a link to nothing":
        path.symlink_to("nowhere")


ENTRY = {
    "key": a_record(3).key,
    "function": "toy.train",
    "configuration": {"width": 3},
    "data_digest": "",
}
