"""A log with one small notebook, for tests that run it."""

from pathlib import Path

TINY = """\
# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 1
#     title: Tiny
#     date: 2026-11-22
#     tags: [small]
# ---

# %% [markdown]
# # Results

# %% tags=["parameters"]
from typing import Literal

profile: Literal["smoke", "demo"] = "smoke"  # how much is run
seed: int = 0  # of everything random
rate: float = 0.5
how: str = "ok"  # how the notebook ends
sizes: list[int] = [1, 2]

# %%
print("begun with", repr((profile, seed, rate, how, sizes)))

# %%
import os
import signal
import time

if how == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if how == "exit":
    os._exit(3)
if how == "sys.exit":
    raise SystemExit(4)
if how == "error":
    1 / 0
if how == "sleep":
    time.sleep(60)
if how == "stubborn":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(60)

# %%
print("ended")
"""


def make_log(root: Path, text: str = TINY, name: str = "tiny") -> Path:
    """A log at ``root`` with one experiment."""
    (root / "notebooks").mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").touch()
    (root / "notebooks" / f"{name}.py").write_text(text, encoding="utf-8")
    return root


def cells_of(text: str) -> str:
    """A text notebook without its header, where Jupytext notes its own version."""
    return text.split("# ---\n", 2)[2]
