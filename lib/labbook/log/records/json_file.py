"""JSON files that other people and other machines write: read strictly, or called damaged."""

import json
import os
import re
import stat
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

_MERGE_MARKERS = re.compile(rb"^(<{7} |={7}$|>{7} )", re.MULTILINE)
_ESCAPED_COLON = re.compile(rb"\\u003a", re.IGNORECASE)
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}


class DamagedFile(ValueError):
    """A file of the log that does not hold what it should; one sentence that names it."""

    @classmethod
    def at(cls, path: Path, what: object) -> Self:
        """The error for the file at ``path``; ``what`` is wrong, without a full stop."""
        return cls(f"{path} is damaged: {what}.")


class DamagedFileWarning(UserWarning):
    """A damaged file was left aside."""


class Misfit(ValueError):
    """What is wrong with a content, as a phrase; whoever knows the file's name adds it."""


def leave_aside(error: DamagedFile) -> None:
    """Name a damaged file in a warning; the rest of the log goes on without it."""
    warnings.warn(f"{error} It is left aside.", DamagedFileWarning, stacklevel=3)


@contextmanager
def damage_of(path: Path) -> Iterator[None]:
    """Inside, what does not fit or cannot be read is the damage of the file at ``path``.

    Raises:
        FileNotFoundError: there is nothing of that name.
        DamagedFile: anything else is wrong with it.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except Misfit as misfit:
        raise DamagedFile.at(path, misfit) from misfit
    except OSError as error:
        raise DamagedFile.at(path, f"it cannot be read ({error.strerror})") from error


@contextmanager
def left_aside(path: Path) -> Iterator[None]:
    """Inside, a file that is not there is passed over, and a damaged one is named in a warning."""
    try:
        with damage_of(path):
            yield
    except FileNotFoundError:
        pass
    except DamagedFile as error:
        leave_aside(error)


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        FileNotFoundError: there is nothing of that name.
        Misfit: it cannot be read, is no file, or is no JSON as ``parse_json`` wants it.
    """
    return parse_json(read_file(path))


def read_file(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        FileNotFoundError: there is nothing of that name.
        Misfit: it cannot be read, or is no file.
    """
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
        if kind != stat.S_IFREG:  # opening a FIFO would wait for ever
            raise Misfit(f"it is {_KINDS.get(kind, 'no file')}")
        return path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            raise Misfit("it is a link to nothing") from None
        raise
    except OSError as error:
        raise Misfit(f"it cannot be read ({error.strerror})") from error


def read_text(path: Path) -> str:
    """The text of a file in UTF-8.

    Raises:
        FileNotFoundError: there is nothing of that name.
        Misfit: it cannot be read, is no file, or is not UTF-8; the phrase names the line.
    """
    content = read_file(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Misfit(f"line {line} is not UTF-8; save it as UTF-8") from None


def parse_json(content: bytes) -> Any:
    """The value of a JSON text in UTF-8, whose objects name each key once.

    Raises:
        Misfit: it is empty, no JSON, a merge that nobody has settled, or holds a number that
            is no finite float, or text that is not valid Unicode.
    """
    import msgspec

    if not content.strip():
        raise Misfit("it is empty")
    try:
        value = msgspec.json.decode(content)
    except UnicodeDecodeError:
        raise Misfit("it is not UTF-8") from None
    except RecursionError:
        raise Misfit("it is nested too deep") from None
    except msgspec.MsgspecError as error:
        if _MERGE_MARKERS.search(content):
            raise Misfit(
                "two people changed it, and git left both versions in it (<<<<<<< … >>>>>>>): "
                "keep one, with git checkout --ours or --theirs"
            ) from None
        raise Misfit(f"it is no JSON ({error})") from None
    # Of names that stand twice one was read: colons are missing, unless others were escaped.
    colons = content.count(b":")
    if colons != msgspec.json.encode(value).count(b":") or _ESCAPED_COLON.search(content):
        json.loads(content, object_pairs_hook=_each_once)
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1:
            raise Misfit(f"{name!r} stands in it twice")
    return {}
