"""The folder that a run of a batch works in, whatever the run does there."""

import os
import shutil
import threading

import pytest

from labbook.log.records.layout import Layout
from labbook.log.runs.workplace import own_folder


@pytest.fixture
def layout(log) -> Layout:
    """A log with a file and a folder beside its notebooks."""
    notebooks = log.root / "notebooks"
    (notebooks / "out.csv").write_text("of the page")
    (notebooks / "reported").mkdir()
    (notebooks / "reported" / "out.csv").write_text("of a paper")
    return Layout(log.root)


@pytest.mark.parametrize("removed", ["reported", ".", ".."])
def test_a_run_may_remove_what_it_finds_there(layout, removed: str, tmp_path_factory) -> None:
    run = tmp_path_factory.mktemp("run")
    with own_folder(run, layout) as folder:
        shutil.rmtree(os.path.normpath(folder / removed))
    assert list(run.iterdir()) == []
    assert (layout.notebooks / "reported" / "out.csv").read_text() == "of a paper"


def test_files_that_come_and_go_meanwhile_cost_a_run_nothing(layout, tmp_path_factory) -> None:
    over = threading.Event()

    def come_and_go() -> None:
        passing = [layout.notebooks / "reported" / f"{number}.tmp" for number in range(100)]
        while not over.is_set():
            for path in passing:
                path.touch()
            for path in passing:
                path.unlink()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(50):
            with own_folder(tmp_path_factory.mktemp("run"), layout) as folder:
                assert (folder / "reported" / "out.csv").read_text() == "of a paper"
    finally:
        over.set()
        thread.join()
