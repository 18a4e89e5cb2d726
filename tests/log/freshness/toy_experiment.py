"""A log of one experiment: three trials, of which one fails, and two that are looked up."""

import datetime

from labbook.log.freshness.standing import standings
from labbook.log.records.layout import Layout
from labbook.log.records.run_record import RunRecord
from labbook.log.records.run_record import write_record as write_run

NOTEBOOK = """
# %% tags=["parameters"]
profile: str = "demo"
seeds: int = 2

# %%
from labbook.log import trials


def train(seed, depth=1):
    if seed == 7:
        raise ValueError("seven")
    return {"metrics": {"loss": seed / depth}}


# %%
grid = [{"depth": 3, "seed": seed} for seed in [1, 2, 7]][: seeds + 1]
table = trials.run(train, grid)
trials.find(train, trials.grid(seed=[1, 2], depth=300))
print(profile, table.key[0])
"""


def write(folder, text=NOTEBOOK):
    (folder / "notebooks").mkdir()
    (folder / "pyproject.toml").touch()
    (folder / "notebooks/toy.py").write_text(text)
    return folder


def planned(log):
    return standings(log)[0].trials


def add_run(log, run_id="a", outcome="ok", batch=None, ago_s=7200, **fields):
    """A run's record that ended ``ago_s`` seconds ago."""
    now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago_s)
    folder = Layout(log).runs("toy") / run_id
    folder.mkdir(parents=True)
    record = RunRecord(
        id=run_id,
        experiment="toy",
        outcome=outcome,
        error=None,
        parameters_given={},
        parameters_used={},
        profile="demo",
        start=now.isoformat(),
        end=now.isoformat(),
        wall_time_s=0.0,
        source_digest="0",
        provenance={"code": {}},
        notebook=f"runs/toy/{run_id}/notebook.ipynb",
        batch=batch,
        **fields,
    )
    write_run(record, folder)
