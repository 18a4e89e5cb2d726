"""A search whose trials depend on earlier results, as the how-to writes it, in a real run."""

import os
import re
import subprocess
import sys
import textwrap

from tests.howto import HOWTO
from tests.log.tiny_log import TINY, make_log

SECTION = HOWTO[HOWTO.index("Search step by step\n") :]
LOOP = textwrap.dedent(re.search(r"python\n\n(.*?)\n\n\S", SECTION, flags=re.DOTALL)[1])
HEADER = "# ---\n".join(TINY.split("# ---\n")[:2]) + "# ---\n"
TRAIN = """
# %%
from labbook.log import trials


# %%
def train(rate, width, inputs):
    with open("FILE", "a") as file:
        file.write(f"{inputs}\\n")
    return {"metrics": {"validation_loss": abs(rate - 0.001) + 1 / width + 1 / inputs}}


# %%
"""


def labbook(root, *arguments):
    command = [sys.executable, "-m", "labbook", *arguments]
    threads = {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=root, env=os.environ | threads, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_search_by_halves_trains_each_setting_once_and_is_found_again(tmp_path):
    trained = tmp_path / "trained.txt"
    text = HEADER + TRAIN.replace("FILE", str(trained)) + LOOP
    root = make_log(tmp_path / "log", text, "search")
    labbook(root, "run", "search")
    inputs = trained.read_text().split()
    assert sorted(inputs) == ["1000"] * 8 + ["10000"] * 4 + ["100000"] * 2
    labbook(root, "run", "search")
    assert trained.read_text().split() == inputs
    assert "14 of 14 trials" in labbook(root, "status")
