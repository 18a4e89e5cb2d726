"""An experiment's notebook as it stands: its text, parameters, and the code it reaches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from labbook.log.code.library import Library
from labbook.log.code.reach import CodeUsed
from labbook.log.code.used import code_of_notebook
from labbook.log.notebook import notebooks, parameters
from labbook.log.notebook.parameters import Parameter, ParameterError
from labbook.log.records.layout import Layout


@dataclass(frozen=True)
class Source:
    """What there is to run.

    Attributes:
        layout: the log it belongs to.
        experiment: the notebook's name.
        notebook: its text, as cells without outputs.
        parameters: what it declares; every one of them is read by a later cell.
        digest: of its code cells.
    """

    layout: Layout
    experiment: str
    notebook: notebooks.NotebookNode
    parameters: list[Parameter]
    digest: str

    @cached_property
    def code(self) -> CodeUsed:
        """The definitions of the log's modules that the notebook reaches, when first asked for.

        Raises:
            SourceUnknown: a module that it reaches is no Python.
        """
        return self.code_now()

    def code_now(self) -> CodeUsed:
        """As ``code``, but of the modules as they are now, which is what a kernel would import."""
        return code_of_notebook(notebooks.statements(self.notebook), Library(self.layout.root))

    def values(self, given: Mapping[str, object], profile: str | None = None) -> dict:
        """Parameters given as Python objects, checked, with the profile among them.

        Raises:
            ParameterError: a name or a value is wrong; the message begins with the
                experiment's name.
        """
        return self._given(parameters.check, given, profile)

    def parse(self, given: list[tuple[str, str]], profile: str | None = None) -> dict:
        """Parameters from the command line; see ``values``."""
        return self._given(parameters.parse, given, profile)

    def used(self, given: Mapping[str, object]) -> dict:
        """The value of every parameter in a run with the given ones."""
        return parameters.defaults(self.parameters) | given

    def choices(self, name: str) -> tuple:
        """The values that a parameter can have, as its type lists them; empty where none does."""
        return next((p.type.choices for p in self.parameters if p.name == name), ())

    def _given(self, check: Callable, given: object, profile: str | None) -> dict:
        try:
            found = check(self.parameters, given)
            if profile is None:
                return found
            chosen = parameters.check(self.parameters, {"profile": profile})
            if found.get("profile", profile) != profile:
                raise ParameterError(
                    f"profile is given twice, as {found['profile']!r} and as {profile!r}; give "
                    "it once."
                )
            return found | chosen
        except ParameterError as error:
            raise ParameterError(f"{self.experiment}: {error}") from None


def load(layout: Layout, experiment: str) -> Source:
    """Read an experiment's notebook.

    Raises:
        UnknownExperiment: there is no such notebook; the message names the nearest.
        NotebookError: the file does not read as a notebook, holds no code, or a cell of it is no
            Python.
        ParameterError: a parameter is declared wrongly, or is read by no later cell.
    """
    layout.require(experiment)
    notebook = notebooks.read(layout.source(experiment))
    if not any(cell.source.strip() for cell in notebooks.code_cells(notebook)):
        raise notebooks.NotebookError(
            f"{experiment}: notebooks/{experiment}.py holds no code, so there is nothing to run; "
            "restore its text from git, or write some."
        )
    try:
        declared = parameters.declared(notebook)
        parameters.check_read(notebook, declared)
        notebooks.check_syntax(notebook)
    except (notebooks.NotebookError, ParameterError) as error:
        raise type(error)(f"{experiment}: {error}") from None
    return Source(layout, experiment, notebook, declared, notebooks.source_digest(notebook))
