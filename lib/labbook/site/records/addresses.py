"""Where the pages of records lie, as names of documents; None where there is no such record."""

import re

from labbook.site.experiment import Experiment


def record_page(experiment: Experiment | None, key: str) -> str | None:
    """The page of a record."""
    known = experiment and key in experiment.function_of
    return f"records/{experiment.name}/{key}" if known else None


def list_page(experiment: Experiment | None, key: str) -> str | None:
    """The page that lists a record with those of its function."""
    function = experiment and experiment.function_of.get(key)
    return f"records/{experiment.name}/{list_name(function)}" if function else None


def list_name(function: str) -> str:
    """The name of the page that lists the records of a function, ``<experiment>.<qualname>``."""
    return "records-" + re.sub(r"\W", "-", function.partition(".")[2])
