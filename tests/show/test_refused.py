"""What is no table, no figure, no claim is refused in a sentence that tells what would be right."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from labbook.show import curves, figures, tables
from labbook.show.claims import Claim, judge
from labbook.show.explore import explore
from labbook.show.joined import joined
from labbook.show.reported import show_beside

CLAIM = Claim(text="it is so", whose="us", metric="loss", of={"net": 1}, against={"net": 2})
TOLD = Claim(text="it is so", whose="us", verdict="not testable here")

OF_TABLES = {
    "tables.show()": lambda table: tables.show(table, "all trials"),
    "tables.over_seeds()": lambda table: tables.over_seeds(table, "net", "loss"),
    "curves.show()": lambda table: curves.show(
        table, "all curves", name="curves", lines={}, labels=("inputs", "loss")
    ),
}
OF_TRIALS = {
    "explore()": lambda table: explore(table, caption="all trials"),
    "joined()": lambda table: joined(table, "net", ["loss"]),
    "show_beside()": lambda table: show_beside(table, [], "all", name="all", metric="loss"),
    "judge()": lambda table: judge([CLAIM], table),
}


@pytest.mark.parametrize("where", [*OF_TABLES, *OF_TRIALS])
@pytest.mark.parametrize("table", [None, pd.Series([1.0]), [{"net": 1}], "trials"])
def test_what_is_no_table(where: str, table) -> None:
    with pytest.raises(TypeError) as refused:
        (OF_TABLES | OF_TRIALS)[where](table)
    told = str(refused.value)
    assert told.startswith(f"{where} wants a table") and f"not {type(table).__name__}: " in told


@pytest.mark.parametrize("where", OF_TRIALS)
def test_a_table_that_holds_no_trials(where: str) -> None:
    with pytest.raises(
        TypeError, match="wants a table of trials; this has no 'outcome': give what"
    ):
        OF_TRIALS[where](pd.DataFrame({"net": [1, 2], "loss": [1.0, 2.0]}))


def test_a_series_becomes_a_table_with_to_frame() -> None:
    with pytest.raises(TypeError, match=r"not Series: give its \.to_frame\(\)"):
        tables.show(pd.Series([1.0]))


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (CLAIM, r"wants a list of claims, not one: write \[claim\]"),
        (None, "wants a list of claims, not NoneType"),
        ([{"text": "it is so"}], r"wants claims, not \{'text': 'it is so'\}: write Claim"),
    ],
)
def test_what_is_no_list_of_claims(claims, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        judge(claims, pd.DataFrame())


def test_claims_that_carry_their_verdicts_need_no_trials() -> None:
    assert list(judge([TOLD], pd.DataFrame())["verdict"]) == ["not testable here"]


def test_what_is_no_figure() -> None:
    _, axes = plt.subplots()
    for what, right in ((None, r"give what plt\.figure\(\)"), (axes, r"give its \.figure")):
        told = rf"figures\.show\(\) wants a matplotlib figure, not \w+: {right}"
        with pytest.raises(TypeError, match=told):
            figures.show(what, "nothing")
    plt.close("all")
