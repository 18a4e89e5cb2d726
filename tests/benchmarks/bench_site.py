"""How long the site takes: Markdown against plain nbsphinx, a whole build, a build of nothing new.

Run it with ``python tests/benchmarks/bench_site.py``; each line is one measurement.
The goal is 40 s for 5,000 records, for which the first version took 125 s.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pypandoc

os.environ["PATH"] = os.path.dirname(pypandoc.get_pandoc_path()) + os.pathsep + os.environ["PATH"]
sys.path.insert(0, str(Path(__file__).parents[1] / "site"))

import labbook.log.notebook.notebooks  # noqa: F401, I001  before nbformat, whose import it makes short
import nbformat.v4
import nbsphinx
import small_log

from labbook.site.markup import pandoc

MARKDOWN_CELLS = 60
ROUNDS = 5
RECORDS = (200, 5_000)
CELL = """## Step {number}

The loss falls to $10^{{-{number}}}$ with *{number}* layers, see <cite data-cite="Shi2016"/>:

- one item with `code` and a [link](other.py)
- another

| layers | loss |
|-------:|-----:|
| {number} | 0.01 |
"""


def seconds(convert, cells: list[str]) -> float:
    """The time to convert a page, start of processes included."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(c) for c in cells])
    nbsphinx.pandoc = convert
    began = time.perf_counter()
    nbsphinx.Exporter(execute="never").from_notebook_node(notebook)
    return time.perf_counter() - began


def main() -> None:
    cells = [CELL.format(number=number) for number in range(MARKDOWN_CELLS)]
    plain = nbsphinx.pandoc
    times: dict[str, list[float]] = {"plain": [], "ours": [], "rest": []}
    for _ in range(ROUNDS):  # in turn, so that a busy machine slows both
        times["plain"].append(seconds(plain, cells))
        process = pandoc.Pandoc()
        times["ours"].append(seconds(process.convert, cells))
        process.close()
        # What the page costs without any Markdown converted, the same for both.
        times["rest"].append(seconds(lambda *_, **__: "", cells))
    before, after, rest = (statistics.median(times[name]) for name in ("plain", "ours", "rest"))
    print(
        f"Markdown of a page, {MARKDOWN_CELLS} cells: nbsphinx {before:.2f} s, "
        f"one process {after:.2f} s, ratio {before / after:.1f} "
        f"(of the conversion alone: {(before - rest) / (after - rest):.1f})"
    )
    for records in RECORDS:
        with tempfile.TemporaryDirectory() as folder:
            root = small_log.make(Path(folder), records=records)
            for what in (f"whole site with {records:,} records", "nothing changed"):
                print(f"{what}: {rendered(root)}")


def rendered(root: Path) -> str:
    """How long ``labbook site`` took, by the clock and in processor time."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "labbook", "site"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    failure = "" if done.returncode == 0 else f", FAILED:\n{done.stderr}"
    return f"{time.perf_counter() - began:.1f} s, {cpu_s:.1f} s of processor time{failure}"


if __name__ == "__main__":
    main()
