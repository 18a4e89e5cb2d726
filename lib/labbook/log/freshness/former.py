"""Former names that a text declares: records that lie under them become those of the new names.

``labbook mv`` gives the records of one clone their new names, once. A declaration goes with the
text to whoever has records under the former name, and finds those that a merge brings later.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import yaml

from labbook.log.code.used import SourceUnknown, code_of_trial
from labbook.log.records.artifacts import Artifact
from labbook.log.records.files import DamagedRecord
from labbook.log.records.folder import Folder, read_folder, write_record
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout
from labbook.log.records.record import IMPORTED, Record

_HEADER = re.compile(r"\A# ---\n(.*?)^# ---$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Former:
    """What a trial's function was called before.

    Attributes:
        experiment, function: their names today; the function's without the experiment.
        former_experiment, former_function: the names before, None where none is declared.
        parameters: today's name of each parameter that has another one now, by its former name.
    """

    experiment: str
    function: str
    former_experiment: str | None
    former_function: str | None
    parameters: Mapping[str, str]

    @classmethod
    def declared(
        cls,
        function: Callable,
        experiment: str,
        formerly: str | None,
        renamed: Mapping[str, str] | None,
        layout: Layout,
    ) -> "Former":
        """The declarations of a call (``formerly=``, ``renamed=``) and of the notebook's header.

        Raises:
            ValueError: a name that is not in use is declared as the new one, or one that is in
                use as the former.
        """
        name, parameters = function.__qualname__, inspect.signature(function).parameters
        for old, new in (renamed or {}).items():
            if new not in parameters:
                has = ", ".join(parameters) or "none"
                raise ValueError(f"renamed: {name}() has no parameter {new!r}; it has {has}.")
            if old in parameters:
                raise ValueError(
                    f"renamed: {name}() still has a parameter {old!r}; the former name comes "
                    "first, then today's."
                )
        if formerly and (formerly == name or is_function(experiment, formerly, layout)):
            raise ValueError(f"formerly={formerly!r}: {experiment} still has such a function.")
        before = _in_header(experiment, layout)
        if before and layout.source(before).exists():
            raise ValueError(
                f"the header of {experiment} says formerly: {before}, and there is still an "
                f"experiment {before}: rename it with labbook mv, or take that line out."
            )
        return cls(experiment, name, before, formerly, renamed or {})

    def take_over(self, published: Folder, local: Folder, layout: Layout) -> None:
        """Add the good records under former names to the local ones, in memory and on the disk.

        One that has a record under its new names already is left as it is.

        Raises:
            RecordsNotWritable: they cannot be written.
        """
        known = published.good | local.good
        others = {}
        if self.former_experiment is not None:
            for place, origin in (
                (layout.published_records, "published"),
                (layout.local_records, "local"),
            ):
                others |= read_folder(place(self.former_experiment), origin).good
        for former in (*others.values(), *known.values()):
            for record in self._of_today(former):
                if record.key not in known and record.key not in local.good:
                    folder = layout.local_records(self.experiment)
                    folder.mkdir(parents=True, exist_ok=True)
                    kept = write_record(record, folder, _artifacts(former))
                    local.good[record.key] = replace(kept, origin="local", folder=folder)

    def _of_today(self, record: Record) -> Iterator[Record]:
        """A record under its new names; nothing where it has none, or bears them already."""
        experiments = (self.experiment, self.former_experiment)
        names = (self.function, self.former_function)
        name = record.function.partition(".")[2]
        if record.origin == IMPORTED or name not in names or record.experiment not in experiments:
            return
        configuration = {self.parameters.get(n, n): v for n, v in record.configuration.items()}
        function = f"{self.experiment}.{self.function}"
        key = record_key(function, configuration, record.data_digest)
        if key != record.key and len(configuration) == len(record.configuration):
            yield replace(
                record,
                key=key,
                function=function,
                experiment=self.experiment,
                configuration=configuration,
            )


def is_function(experiment: str, name: str, layout: Layout) -> bool:
    """Whether the notebook of an experiment, or another one, has a trial's function of a name."""
    try:
        code_of_trial(layout.source(experiment), name, layout.root)
    except SourceUnknown:
        return False
    return True


def _in_header(experiment: str, layout: Layout) -> str | None:
    """What the header of a notebook gives as the experiment's former name."""
    try:
        text = layout.source(experiment).read_text(encoding="utf-8-sig")
        header = yaml.safe_load(re.sub("^# ?", "", _HEADER.match(text)[1], flags=re.MULTILINE))
        return header["jupyter"]["labbook"].get("formerly")
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError, AttributeError):
        return None  # no header that could say it


def _artifacts(record: Record) -> dict[str, Artifact]:
    try:
        return record.load_artifacts()
    except (FileNotFoundError, DamagedRecord):
        return {}  # as published records are, without them
