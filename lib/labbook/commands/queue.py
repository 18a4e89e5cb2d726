"""What ``labbook run --all`` runs, and in which order: the cheapest answer first."""

import math
import re
from collections import defaultdict
from pathlib import Path
from statistics import mean

from labbook.log.freshness.evidence import Evidence
from labbook.log.notebook import notebooks, parameters
from labbook.log.records.layout import Layout
from labbook.log.records.plan import NO_PROFILE

UNITS_S = {"s": 1, "min": 60, "h": 3600}


def duration_s(text: str) -> float:
    """Seconds of a duration such as ``150min``, ``2.5h`` or ``90s``.

    Raises:
        ValueError: it is none, or not positive.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|min|h)", text)
    if not found or not (seconds := float(found[1]) * UNITS_S[found[2]]):
        raise ValueError(f"{text!r} is no duration such as 150min, 2.5h or 90s.")
    return seconds


def cheapest_first(root: Path, profile: str | None) -> list[str]:
    """All experiments, by the CPU time that their missing trials of a profile will take.

    Those of which that cannot be told come last, in the order of their names.
    """
    experiments = Layout(root).experiments()
    costs = {name: missing_cpu_s(name, root, profile) for name in experiments}
    return sorted(experiments, key=lambda name: (costs[name], name))


def missing_cpu_s(experiment: str, root: Path, profile: str | None) -> float:
    """CPU time of the trials that a profile still wants, as records of their functions tell it.

    The trials are those of the page's run where it is of this profile, else those of the published
    plan.

    Arguments:
        profile: None for the one that the notebook runs where none is given.

    Returns:
        Seconds: the sum of each missing trial's function's mean; infinity where there is no plan,
        or no record of one of the functions.

    Raises:
        NotebookError, ParameterError: the notebook does not tell its profile.
    """
    if profile is None:
        notebook = notebooks.read(Layout(root).source(experiment))
        profile = parameters.defaults(parameters.declared(notebook)).get("profile")
    evidence = Evidence(experiment, root)
    if evidence.run is not None and evidence.run.profile == profile:
        plan = evidence.run.plan
    else:
        plan = evidence.published_plans.get(profile or NO_PROFILE)
    if plan is None:
        return math.inf
    took_s = defaultdict(list)
    for record in evidence.lookup.by_key.values():
        if record.ok and record.spent_cpu_s:
            took_s[record.function].append(record.spent_cpu_s)
    found = ((entry["function"], evidence.lookup.answer(entry)) for entry in plan.to_run)
    missing = [function for function, record in found if record is None or not record.ok]
    return sum(mean(took_s[name]) if took_s[name] else math.inf for name in missing)
