"""The code of records: what many records share is kept once beside them, by its digest.

``code/<code digest>.json`` in a folder of records maps each definition to its digest.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from labbook.log.records.files import write_whole
from labbook.log.records.json_file import left_aside, read_json
from labbook.log.records.key import short_digest
from labbook.log.records.record import Record
from labbook.log.records.schemas import Code, read_as


def code_digest(code: Mapping[str, str]) -> str:
    """One digest (16 hex digits) of definitions; the modules that they lie in are no part of it.

    Arguments:
        code: ``{"<module>.<definition>": digest}``.
    """
    parts = sorted((name.rpartition(".")[2], digest) for name, digest in code.items())
    return short_digest(json.dumps(parts))


def without_code(record: Record) -> dict:
    """The record as JSON types, with the digest of its code in place of the code."""
    provenance = dict(record.provenance)
    if provenance.pop("code", None):
        provenance["code_digest"] = made_by(record)
    return record.to_json() | {"provenance": provenance}


def recorded_code(record: Record) -> dict[str, str]:
    """Definitions and digests of the code that made a record; empty where they are not at hand.

    A damaged file of code is named in a ``DamagedFileWarning``, and counts as not at hand.
    """
    if code := record.provenance.get("code"):
        return code
    digest = record.provenance.get("code_digest")
    return kept_digests(record.folder, digest) if record.folder and digest else {}


def made_by(record: Record) -> str | None:
    """The digest of the code that made a record; None where it was not recorded."""
    code = record.provenance.get("code")
    return code_digest(code) if code else record.provenance.get("code_digest")


def keep_digests(code: Mapping[str, str], folder: Path) -> None:
    """Write a code in a folder of records, by its digest, unless it is there and whole.

    Raises:
        OSError: the folder cannot be written.
    """
    path = _path(folder, code_digest(code))
    content = json.dumps(dict(sorted(code.items())), indent=1).encode() + b"\n"
    if code and not (path.is_file() and path.read_bytes() == content):
        path.parent.mkdir(exist_ok=True)
        write_whole(path, content)


def kept_digests(folder: Path, digest: str) -> dict[str, str]:
    """The definitions and digests of a code; empty where a folder of records does not hold it."""
    path = _path(folder, digest)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return {}


def _path(folder: Path, digest: str) -> Path:
    return folder / "code" / f"{digest}.json"


@lru_cache(maxsize=256)
def _read(path: Path, mtime_ns: int) -> dict[str, str]:
    with left_aside(path):
        return read_as(read_json(path), Code)
    return {}


@dataclass(frozen=True)
class CodeUsed:
    """The code of a trial or a run.

    Attributes:
        digests: ``{"mylib.net.Block": digest, "notebook.train": digest}``;
            ``<module>`` and ``<statements>`` stand in place of a definition's name.
        modules: the files of the modules.
        notebook: the file of the notebook, where it was read from one.
        packages: names of the packages outside of the log that the code imports.
        sources: the source of each definition, by the keys of ``digests``.
        patches: the source of each statement that changes a module of the log, of the notebook or
            of a module that it alone imports: other processes do not run it.
    """

    digests: dict[str, str]
    modules: dict[str, Path] = field(default_factory=dict)
    notebook: Path | None = None
    packages: frozenset[str] = frozenset()
    sources: dict[str, str] = field(default_factory=dict, repr=False)
    patches: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """One digest (16 hex digits) of all of it."""
        return code_digest(self.digests)

    @property
    def files(self) -> list[Path]:
        """All files that the code is in."""
        return [*self.modules.values(), *([self.notebook] if self.notebook else [])]
