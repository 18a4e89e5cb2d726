"""Lines that tell how far a run is stay lines."""

from labbook.log.freshness.running import Running
from labbook.log.freshness.running_words import events


def test_long_first_line_of_a_cell_is_cut():
    before = Running("toy", "run")
    now = Running("toy", "run", cell=1, cells=2, title="Results · claim = Claim(" + "x, " * 60)
    (line,) = events([before], [now])
    assert line.startswith("toy: cell 1 of 2, Results · claim = Claim(x,") and line.endswith(" …")
    assert len(line) < 100
