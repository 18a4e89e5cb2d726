"""Files of records are written whole, whoever else writes them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from labbook.log.records.files import write_whole


def test_threads_may_write_the_same_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "code.json"
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: write_whole(path, b"[]"), range(100))) == [None] * 100
    assert [left.name for left in tmp_path.iterdir()] == ["code.json"]
