"""Which modules belong to a log."""

import pytest

from labbook.log.code.library import Library


@pytest.fixture
def on_the_path(tmp_path, monkeypatch):
    """A folder on the path, outside of a log's root, with a package and a module."""
    folder = tmp_path / "elsewhere"
    (folder / "nets").mkdir(parents=True)
    (folder / "nets/__init__.py").write_text("width = 4\n")
    (folder / "losses.py").write_text("rate = 1\n")
    monkeypatch.syspath_prepend(folder)
    return folder


def test_a_module_on_the_path_belongs_to_the_log(on_the_path, tmp_path):
    library = Library(tmp_path / "log")
    assert library.has("nets") and library.has("losses")


def test_what_pip_installed_into_a_folder_on_the_path_does_not(on_the_path, tmp_path):
    (on_the_path / "nets-1.0.dist-info").mkdir()
    library = Library(tmp_path / "log")
    assert not library.has("nets") and not library.has("losses")


def test_a_module_below_the_root_does_though_pip_fills_its_folder(on_the_path):
    (on_the_path / "nets-1.0.dist-info").mkdir()
    (on_the_path / "lib").mkdir()
    (on_the_path / "lib/mine.py").write_text("rate = 1\n")
    (on_the_path / "lib/other-1.0.dist-info").mkdir()
    assert Library(on_the_path).has("mine")
