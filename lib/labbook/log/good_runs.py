"""The last good run of an experiment, as the notebook that stands beside its source tells it."""

import json
from pathlib import Path

from labbook.log.layout import Layout
from labbook.log.run_records import RunRecord, RunRecordError


def last_good_run(experiment: str, root: Path) -> RunRecord | None:
    """The run whose outputs ``notebooks/<experiment>.ipynb`` holds.

    Returns:
        None where there is no such notebook, or one that no run of the log made.

    Raises:
        RunRecordError: the notebook is damaged, or what it says of its run.
    """
    path = Layout(root).executed(experiment)
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        run = notebook["metadata"].get("labbook", {}).get("run")
        return RunRecord.from_json(run) if run is not None else None
    except FileNotFoundError:
        return None
    except (RunRecordError, ValueError, KeyError, TypeError, AttributeError) as error:
        where = path.relative_to(root)
        raise RunRecordError(f"{where} is damaged ({error}): run the experiment again.") from error
