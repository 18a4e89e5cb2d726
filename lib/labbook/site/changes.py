"""What has changed since the last build: digests that tell it, and files that keep their time."""

import json
from pathlib import Path

from labbook.log.records.key import short_digest


def digest(value: object) -> str:
    """Digest of anything that JSON can hold; what it cannot counts as its text."""
    return short_digest(json.dumps(value, sort_keys=True, default=str))


def input_digest(path: Path) -> str:
    """Digest of a file's bytes, empty where there is none."""
    try:
        return short_digest(path.read_bytes()) if path.is_file() else ""
    except OSError:
        return ""  # whoever reads it says so


def put(path: Path, content: str | bytes) -> None:
    """Write a file of the site; one that holds the same already keeps its time."""
    content = content.encode() if isinstance(content, str) else content
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
