"""A page may show the trials of another experiment: its run counts them as its own."""

from tests.log.tiny_log import TINY, make_log

from labbook.log.freshness import standing
from labbook.log.notebook import sources
from labbook.log.records.layout import Layout
from labbook.log.runs.run import run_notebook

MEASURE = """
from labbook.log import trials


def measure(size):
    if size > 2:
        raise ValueError("too large")
    return {"metrics": {"loss": 1 / size}}


trials.run(measure, trials.grid(size=SIZES), execute=EXECUTE, experiment="tiny")
"""


def run_of_page(root, sizes, *, execute):
    """The run of a second notebook, whose trials belong to the first."""
    cells = MEASURE.replace("SIZES", str(sizes)).replace("EXECUTE", str(execute))
    text = TINY.replace("expt: 1", "expt: 2").replace("title: Tiny", "title: Page")
    (root / "notebooks" / "page.py").write_text(f"{text}\n# %%{cells}")
    return run_notebook("page", root=root)


def test_its_run_finds_their_records(tmp_path):
    root = make_log(tmp_path)
    assert run_of_page(root, [1, 2], execute=True).outcome_text == "ok"
    run = run_of_page(root, [1, 2], execute=False)
    assert [entry["outcome"] for entry in run.plan.looked_up] == ["ok", "ok"]
    assert standing.rerun_because(sources.load(Layout(root), "page"), {}) == []


def test_its_run_tells_which_of_them_failed(tmp_path):
    run = run_of_page(make_log(tmp_path), [1, 3], execute=True)
    assert run.outcome_text == "ok, 1 of 2 trials failed"
