"""Files of records are written whole, whoever else writes them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labbook.log.records.files import in_words, write_whole


def test_threads_may_write_the_same_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "code.json"
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: write_whole(path, b"[]"), range(100))) == [None] * 100
    assert [left.name for left in tmp_path.iterdir()] == ["code.json"]


def test_what_cannot_be_written_is_named_and_not_its_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "code.json"
    with pytest.raises(FileNotFoundError) as missing:
        write_whole(path, b"[]")
    assert in_words(missing.value) == f"{path}: No such file or directory."


def test_full_disk_is_named_with_what_was_to_be_written(log, small_disk) -> None:
    path = log.folder("bulky") / "code.json"
    with pytest.raises(OSError) as full:
        write_whole(path, b"0" * (1 << 20))
    assert in_words(full.value).startswith(f"the disk is full where {path} lies")
    assert not list(path.parent.iterdir())
