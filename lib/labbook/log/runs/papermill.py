"""Papermill's entry points to the log: ``jupytext://`` notebooks, and the engine ``labbook``.

Papermill loads these through entry points while it is being imported itself; so nothing here
imports Papermill, or anything else that takes time, before it is asked to do something.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from nbformat import NotebookNode

SCHEME = "jupytext://"

if "papermill.iorw" in sys.modules:  # it is what loads this module
    papermill = sys.modules["papermill.iorw"]
    # The endings that it expects to read; of any other it warns at every call.
    papermill.PapermillIO.read.__defaults__[0].append(".py")
    local = papermill.LocalHandler
    usual_read = local.read

    def read_local(self, path: str) -> str:
        """As Papermill's own; but a text notebook is refused in a sentence."""
        if str(path).endswith(".py"):
            raise click.ClickException(
                f"{path} is a text notebook; write {SCHEME}{path}, or run it with labbook run."
            )
        return usual_read(self, path)

    local.read = read_local


def _in_a_sentence(error: Exception) -> Exception:
    """The same error, which the command ``papermill`` prints without a traceback."""
    kind = type(error)
    return type(kind.__name__, (click.ClickException, kind), {})(str(error))


def _know_parameters() -> None:
    """Let ``papermill --help-notebook`` list parameters as the log reads them."""
    from papermill.models import Parameter
    from papermill.translators import PythonTranslator, papermill_translators

    from labbook.log.notebook import parameters

    class Translator(PythonTranslator):
        @classmethod
        def inspect(cls, parameters_cell):
            from nbformat.v4 import new_notebook

            try:
                found = parameters.declared(new_notebook(cells=[parameters_cell]))
            except parameters.ParameterError:
                return PythonTranslator.inspect(parameters_cell)
            return [Parameter(p.name, str(p.type), repr(p.default), p.help) for p in found]

    papermill_translators.register("python", Translator)


def _check_kernels() -> None:
    """Let Papermill's own engine say in a sentence that a kernel is not installed."""
    from papermill.engines import NBClientEngine, papermill_engines

    from labbook.log.runs.engine import fault_of_kernel

    class Engine(NBClientEngine):
        @classmethod
        def execute_notebook(cls, nb, kernel_name, *arguments, **options):
            if fault := fault_of_kernel(kernel_name):
                raise click.ClickException(fault)
            return super().execute_notebook(nb, kernel_name, *arguments, **options)

    for name in (None, "nbclient"):
        papermill_engines.register(name, Engine)


class JupytextHandler:
    """Reads text notebooks: ``papermill jupytext://notebooks/x.py out.ipynb``."""

    @classmethod
    def read(cls, path: str) -> str:
        """The notebook as JSON, with the kernel that Papermill asks for."""
        import nbformat

        from labbook.log.notebook import notebooks, parameters

        _know_parameters()
        _check_kernels()
        try:
            notebook = notebooks.read(Path(path.removeprefix(SCHEME)))
            parameters.declared(notebook)
        except (notebooks.NotebookError, parameters.ParameterError) as error:
            raise _in_a_sentence(error) from None
        return nbformat.writes(notebook)

    @classmethod
    def write(cls, text: str, path: str) -> None:
        """Refuse: outputs belong beside the text, not into it.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"{path} cannot be written; give Papermill an .ipynb for the result.")

    @classmethod
    def pretty_path(cls, path: str) -> str:
        """The path as Papermill's log shows it."""
        return path


class LabbookEngine:
    """The engine of ``papermill --engine labbook``: what it leaves in the notebook is true.

    Parameters are checked before the kernel starts, and the kernel works in the notebook's
    folder, both as with ``labbook run``.
    """

    @classmethod
    def execute_notebook(
        cls,
        nb: "NotebookNode",
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        input_path: str | None = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        **options: object,
    ) -> "NotebookNode":
        """See ``papermill.execute_notebook`` for the arguments.

        Raises:
            ParameterError: an unknown name, or a value that is not of its parameter's type.
            DeadKernelError: the kernel was killed, or exited by itself.
            TimeoutError: a cell took longer than ``execution_timeout`` seconds.
            KeyboardInterrupt: the run was cancelled.
        """
        from nbclient.exceptions import DeadKernelError

        from labbook.log.notebook import parameters
        from labbook.log.records.layout import Layout
        from labbook.log.runs import engine

        if fault := engine.fault_of_kernel(kernel_name):
            raise click.ClickException(fault)
        given = nb.metadata.get("papermill", {}).get("parameters", {})
        try:
            parameters.check(parameters.declared(nb), given)
        except parameters.ParameterError as error:
            raise _in_a_sentence(error) from None
        nb.metadata.get("labbook", {}).pop("run", None)  # the outputs will be no longer its own
        manager = engine.TruthfulManager(
            nb, output_path, log_output, progress_bar, autosave_cell_every
        )
        environment, folder = {}, None
        if isinstance(input_path, str):
            path = Path(input_path.removeprefix(SCHEME))
            environment["LABBOOK_EXPERIMENT"] = path.stem
            if path.is_file():  # not where --cwd led elsewhere
                folder = path.resolve().parent
                environment["PYTHONPATH"] = Layout(folder.parent).python_path()
        options |= {"startup_timeout": start_timeout, "timeout": execution_timeout}
        options |= {"log_output": log_output, "environment": environment, "folder": folder}
        ended = engine.execute(manager, kernel_name, **options)
        error = ended["error"] or {"type": "", "message": ""}
        kinds = {"timeout": TimeoutError, "cancelled": KeyboardInterrupt, "killed": DeadKernelError}
        dead = error["type"] in ("KernelExit", "KernelStart")
        if kind := DeadKernelError if dead else kinds.get(ended["outcome"]):
            raise kind(error["message"])
        return manager.nb

    @classmethod
    def nb_kernel_name(cls, nb: "NotebookNode", name: str | None = None) -> str:
        """The kernel's name, as Papermill finds it."""
        from papermill.utils import nb_kernel_name

        return nb_kernel_name(nb, name)

    @classmethod
    def nb_language(cls, nb: "NotebookNode", language: str | None = None) -> str:
        """The language's name, as Papermill finds it."""
        from papermill.utils import nb_language

        return nb_language(nb, language)
