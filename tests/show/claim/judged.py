"""A table of trials for claims to be judged by, and one claim about it."""

import pandas as pd

from labbook.show.claims import Claim, judge

LOSSES = {
    "small": [0.010, 0.011, 0.012],
    "large": [0.020, 0.021, 0.022],
    "alike": [0.0101, 0.011, 0.0118],
    "single": [0.005],
    "planned": [],
}


def table_of(losses: dict[str, list[float]] = LOSSES) -> pd.DataFrame:
    rows = [
        {
            "net": net,
            "at": [2, 3],
            "seed": seed,
            "outcome": "ok",
            "loss": loss,
            "key": f"{net}{seed}",
        }
        for net, values in losses.items()
        for seed, loss in enumerate(values)
    ]
    planned = {"net": "planned", "at": [2, 3], "seed": 0, "outcome": "planned", "key": "p"}
    return pd.DataFrame([*rows, planned])


def claim(of: str = "small", against="large", **options) -> Claim:
    against = {"net": against} if isinstance(against, str) else against
    return Claim(
        text="it is so", whose="us", metric="loss", of={"net": of}, against=against, **options
    )


def judged(one: Claim, table: pd.DataFrame | None = None) -> pd.Series:
    return judge([one], table_of() if table is None else table).iloc[0]
