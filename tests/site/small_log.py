"""A small log with everything a site shows: runs, records, tables, figures, notes, references."""

import json
import os
import shutil
from pathlib import Path

import jupytext
import nbformat
import pandas as pd
from nbclient import NotebookClient

from labbook.log import freshness
from labbook.log.canonical import record_key
from labbook.log.records import Record, write_record

REPOSITORY = Path(__file__).parents[2]

HEADER = """# ---
# jupyter:
#   kernelspec: {{display_name: Python 3, language: python, name: python3}}
#   labbook:
#     expt: {number}
#     title: {title}
#     date: 2026-11-20
#     status: {status}
#     tags: [autoencoder, gratings]
#     verdict: {verdict}
# ---
"""

GRATINGS = (
    HEADER.format(
        number=1,
        title="Gratings through a narrow latent",
        status="complete",
        verdict="Two numbers are enough for gratings; the kernel size matters little.",
    )
    + r'''
# %% [markdown]
# # Gratings through a narrow latent
#
# ## Question
# How few numbers does a grating need? A mixer <cite data-cite="Tolstikhin2021"/> is compared with
# a convolution. The loss is $\mathcal{L} = \frac{1}{N}\sum_{i=1}^N \lVert x_i-\hat{x}_i \rVert^2$.
#
# $$\begin{aligned} f(x) &= \sin(2\pi\, k\, x + \varphi) \\ k &\in \{1, 2, 4\} \end{aligned}$$

# %% tags=["parameters"]
# profile: Literal["smoke", "demo"] = "demo"
seed: int = 0

# %% [markdown]
# ## Setup

# %%
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from labbook.site import figures, tables

figures.style()
rng = np.random.default_rng(seed)


def train(kernel_size, mixer, seed):
    """Pretends to train."""
    loss = 0.01 + 0.001 * kernel_size
    return {"metrics": {"loss": loss}}


def curve(decay):
    steps = np.arange(1, 60)
    return steps, np.exp(-steps / decay) + 0.01


for done in (1, 2, 3):
    print(f"\r{done}/3 trials", end="", file=sys.stderr)

# %% [markdown]
# ## Results

# %%
trials = pd.read_json("table.json", dtype={"key": str}, precise_float=True)
trials.attrs = json.loads(open("attrs.json").read())
tables.show(
    trials, "Validation loss by mixer and kernel size.", compare={"loss": "reported_loss"}
)

# %%
tables.show(
    tables.over_seeds(trials, ["mixer", "kernel_size"], ["loss", "wall_time_s"]),
    "The same over seeds: mean ± standard deviation (number of seeds).",
)

# %%
evil = pd.DataFrame({"name": ["<script>alert(1)</script>", "plain"], "value": [1.5, np.nan]})
tables.show(evil, "Text that looks like markup.")
evil

# %%
fig, ax = plt.subplots()
for decay in (5, 12, 20):
    ax.plot(*curve(decay), label=f"decay {decay}")
ax.set(xlabel="step", ylabel="validation loss", yscale="log")
ax.legend()
figures.show(fig, "Validation loss over steps, for three decays.", name="loss", thumbnail=True)

# %%
x = np.linspace(0, 1, 28)
grating = [np.outer(np.ones(28), 0.5 + 0.5 * np.sin(2 * np.pi * k * x)) for k in range(1, 9)]
figures.image_grid(
    [np.stack(grating), np.clip(np.stack(grating) + 0.1 * rng.normal(size=(8, 28, 28)), 0, 1)],
    ["original", "reconstruction"],
    caption="Gratings (above) and what the decoder makes of them (below).",
)
figures.tiles(rng.normal(size=(8, 16, 16)), caption="Weights of the first mixer, one tile each.")

# %% [raw] raw_mimetype="text/restructuredtext"
# .. datatable:: reported/gratings.xlsx
#    :sheet: kernels
#    :columns: kernel, loss
#    :caption: As reported.
#
# .. datatable:: reported/gratings.xlsx
#    :sheet: kernels
#    :range: A1:B3
#
# .. datatable:: reported/evil.csv

# %% [markdown]
# ## Discussion
# **2026-11-21** The kernel size changes less than the seed does.
#
# **2026-11-22** A longer run, [the second look](expt:2), is planned.
#
# ## Next
# Nothing.
'''.replace("import sys\n", "import json\nimport sys\n", 1)
)

SECOND = HEADER.format(
    number=2, title="A second look", status="planned", verdict="\"\""
) + r'''
# %% [markdown]
# # A second look
#
# ## Question
# Does [](expt:1) hold, as [it says](expt:1)?

# %%
1 + 1
'''  # fmt: skip

PROVENANCE = {
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "tree": "clean",
    "diff_digest": None,
    "versions": {"python": "3.11.7", "labbook": "0.1.0", "numpy": "2.4.6"},
    "host": "2 cores, Some Processor",
    "platform": "Linux x86_64",
    "cpu_model": "Some Processor",
    "device": "cpu",
    "threads": 1,
}


def make(root: Path, records: int = 12) -> Path:
    """A log under ``root``, its first experiment run; returns ``root``."""
    for name in ("conf.py", "index.rst"):
        shutil.copy(REPOSITORY / name, root / name)
    (root / "docs").mkdir(parents=True)
    for page in [*(REPOSITORY / "docs").glob("*.rst"), REPOSITORY / "docs" / "references.bib"]:
        shutil.copy(page, root / "docs" / page.name)
    notebooks = root / "notebooks"
    (notebooks / "reported").mkdir(parents=True)
    (notebooks / "gratings.py").write_text(GRATINGS)
    (notebooks / "second_look.py").write_text(SECOND)
    write_reported(notebooks / "reported")
    keys = write_records(root, records)
    write_table(notebooks, keys)
    execute(root)
    return root


def write_reported(folder: Path) -> None:
    frame = pd.DataFrame(
        {"kernel": [1, 3, 5], "loss": [0.011, 0.013, None], "note": ["a", "", "b"]}
    )
    evil = pd.DataFrame({"name": ["<script>alert(1)</script>"], "value": [2.5]})
    with pd.ExcelWriter(folder / "gratings.xlsx") as book:
        frame.to_excel(book, sheet_name="kernels", index=False)
        evil.to_excel(book, sheet_name="evil", index=False)
    evil.to_csv(folder / "evil.csv", index=False)


def configurations(count: int) -> list[dict]:
    return [
        {"mixer": ("cnn", "mlp")[i % 2], "kernel_size": 1 + 2 * (i // 2 % 3), "seed": i // 6}
        for i in range(count)
    ]


def write_records(root: Path, count: int) -> list[str]:
    """Good records of all trials but the last two: one of these failed, one never ran."""
    digest, code = freshness.notebook_code_digest(root / "notebooks" / "gratings.py", "train")
    folder = root / "docs" / "records" / "gratings"
    local = root / "runs" / "records" / "gratings"
    for made in (folder, local):
        made.mkdir(parents=True)
    plan = []
    for i, configuration in enumerate(configurations(count)):
        function = "gratings.train"
        key = record_key(function, configuration, "data")
        plan.append({"key": key, "configuration": configuration, "function": function,
                     "data_digest": "data"})  # fmt: skip
        if i == count - 1:
            continue
        bad = i == count - 2
        error = {"type": "ValueError", "message": "no such <mixer>", "traceback": "Traceback …",
                 "log_tail": ""}  # fmt: skip
        record = Record(
            key=key,
            function=function,
            experiment="gratings",
            configuration=configuration,
            data_digest="data",
            outcome="failed" if bad else "ok",
            error=error if bad else None,
            metrics={} if bad else {"loss": 0.01 + 0.0001 * i},
            history={} if bad else {"validation_loss": [1 / (1 + step) for step in range(40)]},
            parameters=33_617,
            seed=configuration["seed"],
            start=f"2026-11-20T10:{i % 60:02d}:00+00:00",
            end=f"2026-11-20T10:{i % 60:02d}:40+00:00",
            wall_time_s=40.0,
            cpu_time_s=39.5,
            peak_memory_bytes=200_000_000,
            throughput=16_126.0,
            provenance=PROVENANCE | {"code": code, "code_digest": digest},
        )
        write_record(record, local if bad else folder)
    (folder / "plan.json").write_text(json.dumps({"demo": plan}))
    return [entry["key"] for entry in plan]


def write_table(notebooks: Path, keys: list[str]) -> None:
    """What ``trials.run`` would return, for the notebook to show."""
    rows = []
    for i, (key, configuration) in enumerate(zip(keys, configurations(len(keys)), strict=True)):
        good = i < len(keys) - 2
        rows.append(
            configuration
            | {"batch_size": 64, "outcome": "ok" if good else ("failed", "planned")[i % 2]}
            | {"loss": round(0.01 + 0.0001 * i, 4) if good else None, "reported_loss": 0.0103}
            | {"parameters": 33_617 if good else None, "wall_time_s": 40.0 if good else None}
            | {"freshness": "fresh" if good else "", "inert": "", "key": key}
        )
    pd.DataFrame(rows).to_json(notebooks / "table.json", orient="records")
    account = {"planned": len(keys), "found": len(keys) - 2, "missing": keys[-1:],
               "failed": keys[-2:-1]}  # fmt: skip
    (notebooks / "attrs.json").write_text(json.dumps({"trials": account, "experiment": "gratings"}))


def execute(root: Path) -> None:
    """Run the first experiment for real, and keep it as its last good run."""
    notebook = jupytext.read(root / "notebooks" / "gratings.py")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    client = NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(root / "notebooks")}}
    )
    client.execute()
    notebook.metadata["labbook"]["date"] = str(notebook.metadata["labbook"]["date"])
    notebook.metadata["labbook"]["run"] = {
        "schema": 1,
        "id": "20261120T100000-abcdef",
        "experiment": "gratings",
        "outcome": "ok",
        "error": None,
        "parameters_given": {"seed": 0},
        "parameters_used": {"profile": "demo", "seed": 0},
        "profile": "demo",
        "start": "2026-11-20T10:00:00+00:00",
        "end": "2026-11-20T10:12:30+00:00",
        "wall_time_s": 750.0,
        "source_digest": "",
        "provenance": PROVENANCE,
        "notebook": "runs/gratings/20261120T100000-abcdef/notebook.ipynb",
        "batch": None,
    }
    nbformat.write(notebook, root / "notebooks" / "gratings.ipynb")
