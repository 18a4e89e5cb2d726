"""A log of one experiment: three trials, of which one fails, and two that are looked up."""

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
