"""Downloads of structures from the Protein Data Bank by list of ids."""

import csv
import hashlib
import re
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from labbook.data.fetch import TIMEOUT_S

SERVER = "https://files.rcsb.org/download/"
DIGESTS = "sha256.csv"  # beside the files: what each was when it was first downloaded


def download(ids: Iterable[str], folder: str | Path, server: str = SERVER) -> list[Path]:
    """The structures with these ids as gzip'd mmCIF files in a folder.

    Files that lie there with the content that they had when they were downloaded are not asked for
    again, so an interrupted download goes on where it was. A file appears under its name only
    whole, and one that lies there already stays until then. Ids that the server does not give are
    left out with a warning that names each.

    Arguments:
        ids: such as ``1abc``; upper and lower case are the same.
        folder: made if missing; its ``sha256.csv`` holds the digest of each file.
        server: URL of a folder that holds ``<id>.cif.gz``.

    Returns:
        the files, in the order of the ids.

    Raises:
        ValueError: an id that is none, or a file that is now another one on the server.
        OSError: the server gave none of the files (the sentence tells why), or the folder can't be
            written to.
    """
    import pooch
    import requests

    names = list(dict.fromkeys(name.lower() for name in ids))
    for name in names:
        if not re.fullmatch(r"[a-z0-9]{4}|pdb_[a-z0-9]{8}", name):
            raise ValueError(f"{name!r} is no id of a structure; they look like 1abc.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    known = _read_digests(folder)
    get = pooch.HTTPDownloader(timeout=TIMEOUT_S)
    pooch.get_logger().setLevel("WARNING")
    paths, missing = [], {}
    for name in tqdm(names, "structures", unit="files", disable=None):
        path = folder / f"{name}.cif.gz"
        url = server + path.name
        digest = known.get(path.name)
        if not (path.is_file() and digest == _sha256(path)):
            try:
                expected = digest and f"sha256:{digest}"
                with tempfile.TemporaryDirectory(dir=folder) as beside:
                    whole = pooch.retrieve(url, expected, "new", beside, downloader=get)
                    Path(whole).replace(path)
            except requests.HTTPError as problem:
                missing[name] = f"HTTP {problem.response.status_code}"
                continue
            except requests.RequestException as problem:
                missing[name] = type(problem).__name__
                continue
            except ValueError as problem:
                raise ValueError(
                    f"{url} is not the file that was downloaded before; to take the "
                    f"new one, remove its line from {folder / DIGESTS}."
                ) from problem
            if digest is None:
                known[path.name] = _sha256(path)
                _write_digests(folder, known)
        paths.append(path)
    if missing and not paths:
        name, reason = next(iter(missing.items()))
        raise OSError(f"{server} gave none of {len(names)} structures; for {name}: {reason}.")
    for name, reason in missing.items():
        warnings.warn(f"{server} did not give {name} ({reason}); it is left out", stacklevel=2)
    return paths


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_digests(folder: Path) -> dict[str, str]:
    path = folder / DIGESTS
    if not path.is_file():
        return {}
    with path.open(newline="") as lines:
        return {row["file"]: row["sha256"] for row in csv.DictReader(lines)}


def _write_digests(folder: Path, digests: dict[str, str]) -> None:
    """Replace the file of digests at once, so that an interruption leaves a whole one."""
    unfinished = folder / f"{DIGESTS}.part"
    rows = "".join(f"{name},{digest}\n" for name, digest in sorted(digests.items()))
    unfinished.write_text(f"file,sha256\n{rows}")
    unfinished.replace(folder / DIGESTS)
