"""A process that runs one notebook after the other: ``python -m labbook.log.runs.worker``.

Each line of its input is a job, each line of its output what came of it, both JSON. It begins
with ``{"ready": true}``, when everything that takes long to import has been imported. SIGTERM
cancels the run that goes on, and so does the end of the input: nobody waits for it any more.
"""

import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import IO

from labbook.log.notebook import sources
from labbook.log.records.layout import Layout
from labbook.log.runs.run import run_source


def main() -> None:
    """Serve jobs until the input ends."""
    # What is printed by accident must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    jobs: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, jobs), daemon=True).start()
    _answer(answers, {"ready": True})
    while line := jobs.get():
        try:
            _answer(answers, {"record": _run(**json.loads(line))})
        except (ValueError, OSError) as error:
            _answer(answers, {"error": f"{error}"})


def _run(root: str, experiment: str, given: dict, **options: object) -> dict:
    source = sources.load(Layout(Path(root)), experiment)
    return run_source(source, source.values(given), **options).to_json()


def _listen(lines: IO[str], jobs: "queue.SimpleQueue[str | None]") -> None:
    for line in lines:
        jobs.put(line)
    jobs.put(None)
    os.kill(os.getpid(), signal.SIGTERM)


def _answer(answers: IO[str], what: dict) -> None:
    answers.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    main()
