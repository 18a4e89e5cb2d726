"""Streams of a cell as they look at the end: joined, and overwritten by carriage returns."""

import pytest
from nbformat.v4 import new_output

from labbook.log.notebook.streams import joined_streams, terminal_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abcdef\rxy", "xycdef"),
        ("1/2\r2/2\ndone", "2/2\ndone"),
        ("all\r\nthere\r", "all\nthere"),
        ("long\rx   ", "x"),
        ("  kept\n", "  kept\n"),
    ],
)
def test_carriage_returns_overwrite(text: str, shown: str) -> None:
    assert terminal_text(text) == shown


def test_pieces_of_one_stream_are_joined_and_stay_as_they_were() -> None:
    streams = [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), (None, ""), ("stderr", "d")]
    outputs = [
        new_output("stream", name=name, text=text) if name else new_output("display_data")
        for name, text in streams
    ]
    joined = joined_streams(outputs)
    assert [output.get("text") for output in joined] == ["ab", "c", None, "d"]
    assert outputs[0].text == "a"
