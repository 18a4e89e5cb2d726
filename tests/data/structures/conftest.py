"""Structure files to write."""

from pathlib import Path

import pytest


@pytest.fixture
def write(tmp_path):
    """Writes lines into a file of this test's folder."""

    def write_lines(*lines: str, name: str = "x.pdb") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines))
        return path

    return write_lines
