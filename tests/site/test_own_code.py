"""Code of a log that lies elsewhere than in lib/: the site and JupyterLab see an edit of it."""

import os

import pytest
from conftest import render
from tests.log.tiny_log import TINY, make_log

from labbook.lab.panel import Panel
from labbook.log.runs.run import run_notebook
from labbook.site.unchanged import Stamp

# Each package, and the folder that it lies in, seen from the log's root.
PLACES = {"in_source": "src", "beside": ".", "outside": "../elsewhere"}
USES = "\n# %%\nimport beside.net\nimport in_source.net\nimport outside.net\n\n" + "".join(
    f"print({package}.net.answer())\n" for package in PLACES
)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log whose notebook was run with all three packages, and its site, rendered."""
    root = make_log(tmp_path_factory.mktemp("own") / "log", TINY + USES)
    (root / "conf.py").write_text('project = "Own"\nextensions = ["labbook.site"]\n')
    (root / "index.rst").write_text("Own\n===\n\n.. experiments::\n")
    folders = [(root / folder).resolve() for folder in PLACES.values()]
    for package, folder in zip(PLACES, folders, strict=True):
        (folder / package).mkdir(parents=True)
        (folder / package / "net.py").write_text("def answer():\n    return 42\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, folders)))
        patch.syspath_prepend(str(folders[-1]))
        assert run_notebook("tiny", root=root).well
        assert render(root).returncode == 0
        yield root


@pytest.fixture(params=PLACES)
def net(request, log):
    """A module of one of the packages; it is put back afterwards, its time as well."""
    path = (log / PLACES[request.param] / request.param / "net.py").resolve()
    text, status = path.read_text(), path.stat()
    yield path
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_edit_is_a_reason_to_render_and_makes_the_panel_say_stale(log, net):
    panel = Panel(log)
    assert Stamp(log).holds() and panel.look("tiny")["word"] == "fresh"
    net.write_text("def answer():\n    return 43\n")
    assert not Stamp(log).holds()
    found = panel.look("tiny")
    because = f"Stale: {net.parent.name}.net.answer changed"
    assert (found["word"], found["reasons"]) == ("stale", [because])


def test_code_that_does_not_parse_is_looked_at_again(log, net):
    panel = Panel(log)
    net.write_text("def answer(:\n")
    assert panel.look("tiny")["reasons"] == ["Stale: net.py does not parse (line 1)"]
    net.write_text("def answer():\n    return 42\n")
    assert panel.look("tiny")["word"] == "fresh"
