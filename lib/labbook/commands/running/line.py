"""How far ``labbook run`` is: one line on its terminal; elsewhere, a line for each event."""

import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from labbook.log.freshness import running_words as words
from labbook.log.freshness.running import Running, what_runs
from labbook.log.notebook.sources import Source

LOOK_S = 1.0


class Line:
    """One line on standard error that is written over; where that is a file, events as they come.

    Events are what a look each second sees: a cell that took less is passed over.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._on_terminal = sys.stderr.isatty()
        self._text = ""
        self._trials = ""
        self._before: list[Running] = []
        self._writing = threading.Lock()

    def show(self, number: int, count: int, what: str) -> None:
        """Replace the line."""
        self._text = f"{self._name} [{number}/{count}] {what}"
        self._draw()

    def clear(self) -> None:
        """Leave the line empty for what comes next."""
        self._text = ""
        self._draw()

    @contextmanager
    def following(self, sources: Sequence[Source]) -> Iterator[Self]:
        """Inside, the line tells also of the trials of experiments; afterwards it is empty."""
        over = threading.Event()
        names = list(dict.fromkeys(source.experiment for source in sources))

        def look() -> None:
            while not over.wait(LOOK_S):
                self._tell(what_runs(sources[0].layout.root, names))

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            over.set()
            thread.join()
            self.clear()

    def _tell(self, now: list[Running]) -> None:
        now = [one for one in now if one.run is not None]
        self._trials = "; ".join(filter(None, map(words.short, now)))
        if self._on_terminal:
            self._draw()
        else:
            # Whoever began a run knows that it has begun.
            known = {one.run: one for one in self._before}
            before = [known.get(one.run, Running(one.experiment, one.run)) for one in now]
            for event in words.events(before, now):
                print(event, file=sys.stderr, flush=True)
        self._before = now

    def _draw(self) -> None:
        if not self._on_terminal:
            return
        text = " · ".join(filter(None, [self._text, self._trials])) if self._text else ""
        with self._writing:
            sys.stderr.write(f"\r\x1b[2K{text[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()
