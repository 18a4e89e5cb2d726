"""40 runs of a small notebook: ``labbook run --sweep`` on two workers, a loop over ``papermill``.

``python tests/benchmarks/bench_runs.py [N]`` prints both times and their ratio; the goal is 2.5.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL = 2.5
NOTEBOOK = """\
# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% tags=["parameters"]
seed: int = 0
# %%
import random

random.seed(seed)
# %%
sum(random.random() for _ in range(10000))
"""


def main(count: int) -> None:
    """Time both, and make sure that all runs are there."""
    programs = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "notebooks").mkdir()
        (root / "pyproject.toml").touch()
        (root / "notebooks" / "small.py").write_text(NOTEBOOK)
        (root / "seeds.yaml").write_text(f"seed: {list(range(count))}\n")
        convert = [programs / "jupytext", "--to", "ipynb", "-o", "in.ipynb", "notebooks/small.py"]
        subprocess.run(convert, cwd=root, check=True, capture_output=True)

        sweep = [programs / "labbook", "run", "small", "-j", "2", "--sweep", "seeds.yaml"]
        began = time.monotonic()
        subprocess.run(sweep, cwd=root, check=True, capture_output=True)
        ours_s = time.monotonic() - began
        found = len(list(root.glob("runs/small/*/run.json")))

        began = time.monotonic()
        for seed in range(count):
            loop = [programs / "papermill", "in.ipynb", f"{seed}.ipynb", "-p", "seed", str(seed)]
            subprocess.run(loop, cwd=root, check=True, capture_output=True)
        theirs_s = time.monotonic() - began
    ratio = theirs_s / ours_s
    print(f"labbook run --sweep -j 2: {ours_s:6.1f} s for {count} runs, {count - found} lost")
    print(f"loop over papermill:      {theirs_s:6.1f} s for {count} runs")
    print(f"{ratio:.1f} times faster (goal: {GOAL})")
    sys.exit(0 if found == count else 1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
