"""What is rendered again after a change, and what a build says the second time."""

import json
import shutil
import time
from pathlib import Path

import pytest
import small_log
import small_notebooks
from conftest import render

import labbook.site
from labbook.log.code.used import code_of_trial
from labbook.log.notebook import notebooks
from labbook.log.records.folder import write_record
from labbook.log.records.key import record_key
from labbook.log.records.plan import Plan, publish_plan
from labbook.log.records.record import Record

EXPERIMENT = """
# %% [markdown]
# # {title}
#
# ## Question
# Does it hold?

# %%
answer = 1 + 1
answer
"""


def notebook(number: int, title: str) -> str:
    header = small_notebooks.HEADER.format(
        number=number, title=title, status="complete", verdict="Yes"
    )
    return header + EXPERIMENT.format(title=title)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """A log of two experiments, the first run, rendered once."""
    root = tmp_path_factory.mktemp("tiny")
    (root / "notebooks").mkdir()
    (root / "docs").mkdir()
    (root / "docs" / "references.bib").touch()
    (root / "conf.py").write_text((small_log.REPOSITORY / "conf.py").read_text())
    (root / "index.rst").write_text("Log\n===\n\n.. experiments::\n")
    (root / "notebooks" / "first.py").write_text(notebook(1, "First"))
    (root / "notebooks" / "second.py").write_text(notebook(2, "Second"))
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {},
              "data": {"text/plain": "2"}}  # fmt: skip
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# First", "id": "a"},
        {"cell_type": "code", "metadata": {}, "source": "answer = 1 + 1\nanswer", "id": "b",
         "execution_count": 1, "outputs": [output]},
    ]  # fmt: skip
    digest = notebooks.source_digest(notebooks.read(root / "notebooks" / "first.py"))
    run = small_log.run_record("ok", "2026-11-22T10:00:00+00:00", source_digest=digest)
    metadata = {"labbook": {"run": run | {"experiment": "first"}}}
    book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (root / "notebooks" / "first.ipynb").write_text(json.dumps(book))
    done = render(root)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def written(root: Path) -> set[str]:
    """The pages that one more build writes, the general index and the search page left out."""
    pages = list((root / "_build" / "html").rglob("*.html"))
    before = {path: path.stat().st_mtime_ns for path in pages}
    time.sleep(0.01)
    done = render(root)
    assert done.returncode == 0, done.stdout + done.stderr
    changed = {path.name for path, then in before.items() if path.stat().st_mtime_ns != then}
    return changed - {"genindex.html", "search.html"}


def test_nothing_changed_nothing_written(tiny):
    assert written(tiny) == set()


def test_nothing_changed_is_told(tiny):
    assert render(tiny).stdout.startswith("Nothing has changed since the site was rendered")


@pytest.mark.parametrize(
    "path", ("docs/references.bib", "notebooks/new.txt", "runs/first/run.json")
)
def test_any_file_beside_the_pages_is_a_reason_to_look(tiny, path):
    (tiny / path).parent.mkdir(parents=True, exist_ok=True)
    (tiny / path).write_text("{}" if path.endswith("json") else "")
    assert render(tiny).stdout.startswith("Site rendered")


def test_a_site_that_was_removed_is_rendered(tiny):
    (tiny / "_build" / "html" / "index.html").unlink()
    assert render(tiny).stdout.startswith("Site rendered")


@pytest.mark.parametrize("left", ("", "{}", "[1]"))
def test_a_damaged_stamp_is_no_stamp(tiny, left):
    (tiny / "_build" / "rendered.json").write_text(left)
    assert render(tiny).stdout.startswith("Site rendered")


@pytest.mark.parametrize("file", ("site/words.py", "show/table/markup.py", "log/records/text.py"))
def test_code_that_draws_pages_has_all_of_them_drawn_anew(file, tmp_path, monkeypatch):
    package = Path(labbook.site.__file__).parents[1]
    for room in ("site", "show", "log"):
        shutil.copytree(package / room, tmp_path / room)
    monkeypatch.setattr(labbook.site, "__file__", str(tmp_path / "site" / "__init__.py"))
    before = labbook.site.code_version()
    with open(tmp_path / file, "a") as code:
        code.write("# changed")
    assert labbook.site.code_version() != before


def test_prose_writes_its_page_and_the_contents_it_is_in(tiny):
    path = tiny / "notebooks" / "second.py"
    path.write_text(path.read_text().replace("Does", "Will"))
    assert written(tiny) == {"second.html", "index.html"}


def test_code_that_changed_makes_a_page_stale(tiny):
    path = tiny / "notebooks" / "first.py"
    before = path.read_text()
    path.write_text(before.replace("1 + 1", "1 + 2"))
    written(tiny)
    page = (tiny / "_build" / "html" / "notebooks" / "first.html").read_text()
    assert "Stale: the notebook&#x27;s code changed" in page
    assert "stale" in (tiny / "_build" / "html" / "index.html").read_text()
    assert "answer = 1 + 2" not in "".join(page.replace("<span", "\n<span").split())
    path.write_text(before)


@pytest.mark.parametrize(("trials", "digest"), [(0, ""), (1, ""), (1, None)])
def test_page_from_records_alone_says_what_was_trained_and_compared(trials, digest, tiny):
    path = tiny / "notebooks" / "first.ipynb"
    before = path.read_text()
    book = json.loads(before)
    entry = {"function": "first.train", "configuration": {"seed": 1}, "data_digest": digest}
    plan = {"to_run": [entry | {"key": "0" * 16}] * trials, "looked_up": []}
    book["metadata"]["labbook"]["run"] |= {"records_only": True, "trials": plan}
    path.write_text(json.dumps(book))
    written(tiny)
    page = (tiny / "_build" / "html" / "notebooks" / "first.html").read_text()
    path.write_text(before)
    assert ("Made from published records alone: nothing was trained here." in page) == bool(trials)
    assert ("The data are not at hand" in page) == (digest is None)


def test_outputs_without_a_record_are_by_hand_and_never_fresh(tiny):
    path = tiny / "notebooks" / "first.ipynb"
    before = path.read_text()
    book = json.loads(before)
    del book["metadata"]["labbook"]
    path.write_text(json.dumps(book))
    written(tiny)
    page = (tiny / "_build" / "html" / "notebooks" / "first.html").read_text()
    assert "By hand: no record tells" in page and ">fresh<" not in page
    path.write_text(before)


def test_a_fault_is_told_by_every_build_until_it_is_mended(tiny):
    path = tiny / "notebooks" / "second.py"
    before = path.read_text()
    path.write_text(before.replace("it hold", "[it](expt:99) hold"))
    first, second = render(tiny), render(tiny)
    path.write_text(before)
    assert [first.returncode, second.returncode] == [1, 1]
    assert "no experiment '99'" in second.stderr


def test_page_of_a_renamed_experiment_goes(tiny):
    folder, pages = tiny / "notebooks", tiny / "_build" / "html" / "notebooks"
    (folder / "second.py").rename(folder / "renamed.py")
    assert render(tiny).returncode == 0
    assert sorted(path.name for path in pages.glob("*.html")) == ["first.html", "renamed.html"]
    (folder / "renamed.py").rename(folder / "second.py")


def test_damaged_acceptances_are_told_on_the_page(tiny):
    write_stale_record(tiny)
    path = tiny / "docs" / "records" / "first" / "accepted.json"
    path.write_text("{")
    done = render(tiny)
    path.unlink()
    assert done.returncode == 1
    assert "docs/records/first/accepted.json is damaged" in done.stderr
    page = (tiny / "_build" / "html" / "notebooks" / "first.html").read_text()
    assert "accepted.json is damaged" in page


def test_records_made_with_other_versions_are_told_on_the_page(tiny):
    write_stale_record(tiny, "second", versions={"python": "2.7"})
    assert render(tiny).returncode == 0
    page = (tiny / "_build" / "html" / "notebooks" / "second.html").read_text()
    assert "Aged, made with other versions: python 2.7 → " in page


def test_page_that_was_never_run_shows_what_was_reported(tiny):
    table, path = tiny / "notebooks" / "reported.csv", tiny / "notebooks" / "never.py"
    table.write_text("kernel,reported_loss\n3,0.01014\n")
    path.write_text(notebook(4, "Never").replace("1 + 1", 'open("reported.csv").read()'))
    assert render(tiny).returncode == 0
    page = (tiny / "_build" / "html" / "notebooks" / "never.html").read_text()
    assert "never run" in page and "0.01014" in page
    path.unlink()


def test_nothing_is_left_of_the_records_of_an_experiment_that_was_deleted(tiny):
    (tiny / "notebooks" / "third.py").write_text(notebook(3, "Third"))
    write_stale_record(tiny, "third")
    assert render(tiny).returncode == 0
    pages = tiny / "_build" / "html" / "records"
    assert (pages / "third" / "index.html").exists()
    (tiny / "notebooks" / "third.py").unlink()
    shutil.rmtree(tiny / "docs" / "records" / "third")
    assert render(tiny).returncode == 0
    assert not (pages / "third").exists()


def write_stale_record(root: Path, name: str = "first", **provenance: object) -> None:
    """A good record of an experiment, made by other code, and a plan that asks for it."""
    path = root / "notebooks" / f"{name}.py"
    path.write_text(path.read_text() + "\n\ndef train(seed):\n    return {'seed': seed}\n")
    code = code_of_trial(path, "train", path.parents[1]).digests
    record = Record(
        key=record_key(f"{name}.train", {"seed": 1}, ""),
        function=f"{name}.train",
        experiment=name,
        configuration={"seed": 1},
        data_digest="",
        outcome="ok",
        start="2026-11-22T10:00:00+00:00",
        end="2026-11-22T10:00:01+00:00",
        provenance={"code": dict.fromkeys(code, "0123456789abcdef")} | provenance,
    )
    folder = root / "docs" / "records" / name
    folder.mkdir(parents=True)
    write_record(record, folder)
    entry = {name: vars(record)[name] for name in ("key", "function", "configuration")}
    publish_plan(folder, "demo", Plan([entry | {"data_digest": ""}]))
