"""Arrays and trained weights that a trial returned beside its numbers, and how they are kept.

Arrays lie in one file, ``<key>.npz``. A mapping of names to arrays, such as a ``state_dict``, has a
file of its own, ``<key>.<artifact>.<digest>.safetensors``, whose digest is in the record. An
attempt that did not end well has ``<key>.attempt`` in place of the key. Until the record itself is
replaced, the arrays of the one before lie in ``<key>.before.npz``.
"""

import hashlib
import io
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Union

from labbook.log.records.files import DamagedRecord, write_whole

if TYPE_CHECKING:
    import numpy as np

# The name, in a file of arrays, of the start of the attempt that made them.
START_NAME = "labbook start"

Artifact = Union["np.ndarray", "dict[str, np.ndarray]"]


def write_artifacts(
    folder: Path, stem: str, start: str, artifacts: Mapping[str, Artifact], before: str
) -> dict[str, str]:
    """Write the artifacts of an attempt, before its record.

    Arguments:
        folder: the folder of records.
        stem: what the files' names begin with.
        start: of the attempt; the file of arrays carries it.
        before: start of the attempt whose record stands, or ``""``; its arrays stay until
            ``remove_others`` is told that the new record does.

    Returns:
        The digest of each artifact that has a file of its own.

    Raises:
        OSError: as the system gives it.
    """
    import numpy as np
    from safetensors.numpy import save

    arrays = {name: array for name, array in artifacts.items() if not isinstance(array, Mapping)}
    if arrays:
        content = io.BytesIO()
        named = {START_NAME: np.array(start), **arrays}
        np.savez_compressed(content, allow_pickle=False, **named)
        path = _path_of_arrays(folder, stem)
        if before and _start_of(path) == before:
            os.replace(path, _path_of_former(folder, stem))
        write_whole(path, content.getvalue())
    digests = {}
    for name in artifacts.keys() - arrays.keys():
        weights = save(dict(artifacts[name]))
        digests[name] = hashlib.sha256(weights).hexdigest()
        write_whole(_path_of_weights(folder, stem, name, digests[name]), weights)
    return digests


def load_artifacts(
    folder: Path, stem: str, start: str, names: Iterable[str], digests: Mapping[str, str]
) -> dict[str, Artifact]:
    """The artifacts of the given names, each with its digest where it has a file of its own.

    Raises:
        FileNotFoundError: they were not kept.
        DamagedRecord: a file belongs to another attempt, was changed, or cannot be read.
    """
    from safetensors.numpy import load

    found: dict[str, Artifact] = {}
    if set(names) - digests.keys():
        found |= _arrays(file_of_arrays(folder, stem, start), start)
    for name, digest in digests.items():
        path = _path_of_weights(folder, stem, name, digest)
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise DamagedRecord(f"{path} is not what the trial returned: run the trial again.")
        found[name] = load(content)
    return found


def file_of_arrays(folder: Path, stem: str, start: str) -> Path:
    """Where the arrays of an attempt lie, if they were kept."""
    former = _path_of_former(folder, stem)
    return former if _start_of(former) == start else _path_of_arrays(folder, stem)


def files_of(
    folder: Path, stem: str, names: Iterable[str], digests: Mapping[str, str]
) -> list[Path]:
    """The files of the artifacts of the given names, each with its digest where it has one."""
    own = [_path_of_weights(folder, stem, *named) for named in digests.items()]
    return [*own, *([_path_of_arrays(folder, stem)] if set(names) - digests.keys() else [])]


def remove_others(folder: Path, stem: str, own: Collection[Path] = ()) -> None:
    """Remove what earlier attempts have left under a stem, but for the files in ``own``."""
    if (path := _path_of_arrays(folder, stem)) not in own:
        path.unlink(missing_ok=True)
    _path_of_former(folder, stem).unlink(missing_ok=True)
    for path in set(folder.glob(f"{stem}.*.safetensors")).difference(own):
        if path.name.count(".") == stem.count(".") + 3:
            path.unlink()


def _arrays(path: Path, start: str) -> "dict[str, np.ndarray]":
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except FileNotFoundError:
        raise
    except Exception as error:  # a changed byte makes zipfile, zlib and numpy raise anything
        raise DamagedRecord(f"{path} cannot be read ({error}): run the trial again.") from error
    if str(found.pop(START_NAME, "")) != start:
        raise DamagedRecord(f"{path} belongs to another attempt: run the trial again.")
    return found


def _start_of(path: Path) -> str:
    """The start of the attempt that made a file of arrays; empty where nothing tells."""
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as arrays:
            return str(arrays[START_NAME])
    except Exception:  # noqa: BLE001 as above
        return ""


def _path_of_arrays(folder: Path, stem: str) -> Path:
    return folder / f"{stem}.npz"


def _path_of_former(folder: Path, stem: str) -> Path:
    return folder / f"{stem}.before.npz"


def _path_of_weights(folder: Path, stem: str, name: str, digest: str) -> Path:
    return folder / f"{stem}.{name}.{digest[:16]}.safetensors"
