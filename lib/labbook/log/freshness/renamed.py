"""Records that bear former names: of a parameter, a function, an experiment.

A new name is a new key, so the trials would be run again; that is told before. ``labbook mv`` gives
the records of one clone their new names, once. A declaration goes with the text to whoever has
records under the former name, and finds those that a merge brings later.
"""

import functools
import inspect
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from labbook.log.code.function import name_of_function, parameters_of
from labbook.log.code.used import SourceUnknown, code_of_trial
from labbook.log.records.artifacts import Artifact
from labbook.log.records.files import DamagedRecord, not_writable
from labbook.log.records.folder import read_folder, write_record
from labbook.log.records.json_file import Misfit, read_text
from labbook.log.records.key import canonical_json, record_key
from labbook.log.records.layout import Layout
from labbook.log.records.plan import Entry
from labbook.log.records.record import IMPORTED, Record

_HEADER = re.compile(r"\A# ---\n(.*?)^# ---$", re.DOTALL | re.MULTILINE)


def renamings(
    experiment: str, wanted: Collection[Entry], records: Iterable[Record], root: Path
) -> list[str]:
    """What was probably renamed since records were made, a sentence each.

    A parameter, where a record of the same function has all the same values, one of them under
    another name; a function, where a record has the same configuration and its own function is
    gone.

    Arguments:
        wanted: the trials that have no record.
        records: of the experiment.
    """
    names: Counter[tuple[str, str]] = Counter()

    @functools.cache
    def gone(function: str) -> bool:
        try:
            code_of_trial(Layout(root).source(experiment), function, root)
        except SourceUnknown:
            return True
        return False

    of_values = defaultdict(list)
    for record in records:
        if record.ok:
            of_values[_values(record.configuration)].append(record)
    for trial in wanted:
        others = of_values[_values(trial["configuration"])]
        names.update({found for r in others if (found := _names(trial, r, gone)) is not None})
    return [
        f"{count} of {len(wanted)} trials to run differ from records in a name alone: {old} is "
        f"{new} now; to keep the records: labbook mv {old} {new}"
        for (old, new), count in names.items()
    ]


def _values(configuration: dict[str, Any]) -> str:
    """The values of a configuration, whatever they are called."""
    return canonical_json(sorted(map(canonical_json, configuration.values())))


def _names(trial: Entry, record: Record, gone: Callable[[str], bool]) -> tuple[str, str] | None:
    """The former name and today's, if a trial and a record differ in one name alone."""
    function, configuration = trial["function"], trial["configuration"]
    before = record.configuration
    if record.function != function:
        own, today = (f.removeprefix(f"{record.experiment}.") for f in (record.function, function))
        return (record.function, today) if before == configuration and gone(own) else None
    new = [name for name in configuration if name not in before]
    for old in before.keys() - configuration.keys():
        others = {name: value for name, value in before.items() if name != old}
        if len(new) == 1 and others | {new[0]: before[old]} == configuration:
            return f"{function}.{old}", new[0]
    return None


def take_over(
    function: Callable,
    experiment: str,
    formerly: str | None,
    renamed: Mapping[str, str],
    layout: Layout,
) -> None:
    """Write the good records under former names again among the local ones, under today's.

    One that has a record under its new names already is left as it is.

    Arguments:
        function, experiment: a trial's function and its experiment, as they are called today.
        formerly, renamed: as of ``labbook.log.trials.run``; the experiment's former name stands
            in its header.

    Raises:
        ValueError: a name that is not in use is declared as the new one, or one that is in use as
            the former.
        RecordsNotWritable: they cannot be written.
    """
    name, before = name_of_function(function), former_name(experiment, layout)
    if not (formerly or renamed or before):
        return
    _check(function, experiment, formerly, renamed, before, layout)
    known = _good(experiment, layout)
    others = _good(before, layout) if before else {}
    today = f"{experiment}.{name}"
    names = {today, f"{experiment}.{formerly}", f"{before}.{name}", f"{before}.{formerly}"}
    for record in (*others.values(), *known.values()):
        configuration = {renamed.get(n, n): value for n, value in record.configuration.items()}
        key = record_key(today, configuration, record.data_digest)
        fits = record.function in names and len(configuration) == len(record.configuration)
        if fits and record.origin != IMPORTED and key not in known:
            folder = layout.local_records(experiment)
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise not_writable(folder, error) from error
            new = {"key": key, "function": today, "experiment": experiment}
            new = replace(record, configuration=configuration, **new)
            known[key] = write_record(new, folder, _artifacts(record))


def _good(experiment: str, layout: Layout) -> dict[str, Record]:
    published = read_folder(layout.published_records(experiment), "published").good
    return published | read_folder(layout.local_records(experiment), "local").good


def check_names(formerly: Any, renamed: Any) -> None:
    """Refuse former names that are no texts.

    Raises:
        TypeError: a name is something else, or they are no mapping.
    """
    if formerly is not None and not isinstance(formerly, str):
        name = getattr(formerly, "__name__", None) or "train"
        raise TypeError(
            f"formerly is of type {type(formerly).__name__}; it is the function's former name as "
            f"a text: formerly={name!r}."
        )
    right = 'by the former name today\'s: renamed={"learning_rate": "lr"}.'
    if renamed is not None and not isinstance(renamed, Mapping):
        raise TypeError(f"renamed is of type {type(renamed).__name__}; it is a dict, {right}")
    for name in (name for pair in (renamed or {}).items() for name in pair):
        if not isinstance(name, str):
            told = f"{name!r:.80} ({type(name).__name__})"
            raise TypeError(f"renamed names {told}; names are texts, {right}")


def _check(
    function: Callable,
    experiment: str,
    formerly: str | None,
    renamed: Mapping[str, str],
    before: str | None,
    layout: Layout,
) -> None:
    """Refuse a new name that is not in use, and a former one that is."""
    name, parameters = name_of_function(function), parameters_of(function)
    for old, new in renamed.items():
        if new not in parameters:
            has = ", ".join(parameters) or "none"
            raise ValueError(f"renamed: {name}() has no parameter {new!r}; it has {has}.")
        if old in parameters:
            raise ValueError(
                f"renamed: {name}() still has a parameter {old!r}; the former name comes first, "
                "then today's."
            )
    in_notebook = function.__module__ == "__main__"
    file = layout.source(experiment) if in_notebook else Path(inspect.getfile(function))
    if formerly and re.search(rf"^def {re.escape(formerly)}\(", _text(file), re.MULTILINE):
        raise ValueError(f"formerly={formerly!r}: {file.name} still has such a function.")
    if before and layout.source(before).exists():
        raise ValueError(
            f"the header of {experiment} says formerly: {before}, and there is still an "
            f"experiment {before}: rename it with labbook mv, or take that line out."
        )


def former_name(experiment: str, layout: Layout) -> str | None:
    """What the header of a notebook gives as the experiment's former name.

    Raises:
        ValueError: it is no text.
    """
    found = _HEADER.match(_text(layout.source(experiment)))
    if found is None or "formerly:" not in found[1]:
        return None
    try:
        header = yaml.safe_load(re.sub("^# ?", "", found[1], flags=re.MULTILINE))
        name = header["jupyter"]["labbook"].get("formerly")
    except (yaml.YAMLError, TypeError, KeyError, AttributeError):
        return None  # whoever reads the notebook says so
    if name is not None and not isinstance(name, str):
        raise ValueError(
            f"the header of {experiment} says formerly: {name!r}; write the name of one experiment."
        )
    return name


def _text(file: Path) -> str:
    try:
        return read_text(file)
    except (FileNotFoundError, Misfit):
        return ""  # whoever needs it says so


def _artifacts(record: Record) -> dict[str, Artifact]:
    try:
        return record.load_artifacts()
    except (FileNotFoundError, DamagedRecord):
        return {}  # as published records are, without them
