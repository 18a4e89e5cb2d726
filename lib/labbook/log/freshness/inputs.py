"""What a run showed besides what its code computed: records of trials, and files that it named.

Both may move on while the code stands still; then the run's outputs are no longer what the
notebook would show.
"""

import ast
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labbook.log.notebook import notebooks
from labbook.log.records.folder import read_records
from labbook.log.records.key import canonical_json
from labbook.log.records.layout import Layout
from labbook.log.records.plan import read_plans

Shown = dict[str, dict[str, str]]


def shown(layout: Layout, experiment: str, profile: str | None) -> Shown:
    """What a run of an experiment under a profile shows, as things stand.

    Returns:
        ``{"trials": {key: when its good record began}, "files": {name: digest}}``: the trials
        that the profile plans, and the files below the notebooks' folder that the notebook's
        code names in a text such as ``"reported/losses.csv"``.
    """
    planned = _planned(layout, experiment, profile)
    trials = {
        record.key: record.start
        for record in read_records(experiment, root=layout.root)
        if record.ok and canonical_json([record.function, record.configuration]) in planned
    }
    return {"trials": trials, "files": files_named(layout, experiment)}


def moved_on(then: Mapping[str, Mapping[str, str]], now: Shown) -> list[str]:
    """What changed between two answers of :func:`shown`, as phrases; ``[]`` where nothing did."""
    changed = {
        kind: sorted(
            name
            for name in then.get(kind, {}).keys() | now[kind].keys()
            if then.get(kind, {}).get(name) != now[kind].get(name)
        )
        for kind in now
    }
    reasons = [f"{name} changed" for name in changed["files"]]
    if count := len(changed["trials"]):
        reasons.append("a record changed" if count == 1 else f"{count} records changed")
    return reasons


def _planned(layout: Layout, experiment: str, profile: str | None) -> set[str]:
    entries: list[dict[str, Any]] = []
    for folder in (layout.published_records(experiment), layout.local_records(experiment)):
        entries += read_plans(folder).get(profile or "default", [])
    return {canonical_json([entry["function"], entry["configuration"]]) for entry in entries}


def files_named(layout: Layout, experiment: str) -> dict[str, str]:
    """Files below the notebooks' folder that a notebook's code names, with their digests."""
    trees = notebooks.syntax_trees(notebooks.read(layout.source(experiment)))
    texts = {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {text: layout.notebooks / text for text in texts if _may_be_a_file(text)}
    return {
        text: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for text, path in sorted(named.items())
        if path.is_file()
    }


def _may_be_a_file(text: str) -> bool:
    return 0 < len(text) < 200 and "\n" not in text and "\0" not in text and "." in Path(text).name
