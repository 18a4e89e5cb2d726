"""What a notebook planned: ``plan.json``, so that trials that never ran are told by name."""

import json
import os
from pathlib import Path
from typing import Any

from labbook.log.records.files import remove_leftovers, write_whole
from labbook.log.records.key import canonical_json
from labbook.log.records.locks import waiting_lock

# What this process has planned so far. A notebook's first call starts its plan anew; the calls
# after it add to it, until the kernel ends.
_planned: dict[tuple[int, Path, str], dict[str, dict[str, Any]]] = {}


def current_profile() -> str:
    """The profile under which this process plans: ``$LABBOOK_PROFILE``, else ``default``."""
    return os.environ.get("LABBOOK_PROFILE") or "default"


def add_to_plan(folder: Path, entries: list[dict[str, Any]]) -> None:
    """Add trials to the plan of this process's profile; other profiles' plans stay.

    Arguments:
        folder: the experiment's folder of local records; made if it is missing.
        entries: ``{"key", "configuration", "function", "data_digest"}`` for each trial.

    Raises:
        OSError: the folder cannot be written; the plan that was there stands.
    """
    profile = current_profile()
    planned = _planned.setdefault((os.getpid(), folder, profile), {})
    for entry in entries:
        planned[canonical_json([entry["function"], entry["configuration"]])] = entry
    if read_plans(folder).get(profile) == list(planned.values()):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with waiting_lock(folder / "plan.lock"):
        remove_leftovers(folder, "plan.json")
        plans = read_plans(folder) | {profile: list(planned.values())}
        text = json.dumps(plans, indent=1, ensure_ascii=False, allow_nan=False)
        write_whole(folder / "plan.json", text.encode() + b"\n")


def read_plans(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The plan of each profile; empty where there is none or it is damaged.

    A damaged plan is no loss: the next call of the notebook writes it again.
    """
    try:
        plans = json.loads((folder / "plan.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return plans if isinstance(plans, dict) else {}
