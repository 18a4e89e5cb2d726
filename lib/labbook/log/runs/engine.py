"""Papermill's execution of a notebook, corrected: what it leaves in the notebook is what happened.

Papermill marks the cells of a killed kernel as completed, those that never ran too. Here the
cell that was running is marked failed, later ones stay pending, and the five ways in which a
run can end are told apart.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from labbook.log.notebook import notebooks  # before nbformat, for the sake of a fast import
from labbook.log.processes.workers import exit_in_words, name_of_signal
from labbook.log.records.files import in_words
from labbook.log.records.text import first_line, storable
from labbook.log.runs.kernel import Stopper, private_sockets, usage_of

# isort: split
from jupyter_client import KernelClient
from jupyter_client.kernelspec import NoSuchKernel, find_kernel_specs, get_kernel_spec
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, ValidationError
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager

# ipykernel's debugger warns about frozen modules at every start.
QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
# A kernel drops what it prints, and with it the word that a cell has ended, where more than 1,000
# messages wait for their reader: one that is slower, or suspended. Here they all wait.
KEEP_MESSAGES = """\
(lambda thread: thread.schedule(lambda: setattr(thread.socket, "sndhwm", 0)))(
    __import__("ipykernel.kernelapp").kernelapp.IPKernelApp.instance().iopub_thread
)"""
# How long a cell that has ended may owe its last outputs; nbclient's 4 s are soon over on a busy
# machine. A kernel that dies meanwhile is told at once.
LAST_OUTPUT_S = 3600
OnCell = Callable[[int, int, str], None]
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class TruthfulManager(NotebookExecutionManager):
    """Keeps Papermill's notes in a notebook, and only those that are true."""

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note the beginning and the end of what is done inside."""
        self.notebook_start()
        try:
            yield
        finally:
            self.notebook_complete()

    def notebook_complete(self, **kwargs: object) -> None:
        """Note the end. A cell that is still pending was never run, and stays so."""
        self.end_time = self.now()
        notes = self.nb.metadata.papermill
        notes["end_time"] = self.end_time.isoformat()
        notes["duration"] = (self.end_time - self.start_time).total_seconds()
        self.cleanup_pbar()
        self.save()

    def save(self, **kwargs: object) -> None:
        """Write the notebook; whole or not at all where the output is a ``Path``."""
        if isinstance(self.output_path, Path):
            notebooks.write(self.nb, self.output_path)
            self.last_save_time = self.now()
        else:
            super().save(**kwargs)


class Client(PapermillNotebookClient):
    """Papermill's client, which stops when told to and remembers the kernel's process."""

    def __init__(
        self, manager: TruthfulManager, stopper: Stopper, on_cell: OnCell | None, **options
    ) -> None:
        super().__init__(manager, **{"iopub_timeout": LAST_OUTPUT_S} | options)
        self.stopper = stopper
        self.on_code_cell = on_cell
        self.process: subprocess.Popen | None = None
        self.number = 0  # of the code cell that runs, from 1
        self.count = sum(cell.cell_type == "code" for cell in self.nb.cells)
        self.finished = False
        self.usage: dict[str, Any] = {}

    def start_new_kernel(self, **options: object) -> None:
        """Start the kernel; from here on it can be stopped.

        Raises:
            DeadKernelError: there is no such program, as where its environment is gone.
        """
        try:
            super().start_new_kernel(**options)
        except OSError as error:
            raise DeadKernelError(in_words(error).rstrip(".")) from error
        self.process = self.km.provisioner.process
        self.stopper.attach(self.process)

    def start_new_kernel_client(self) -> KernelClient:
        """Speak with the kernel; none of its messages is dropped, however many wait."""
        client = super().start_new_kernel_client()
        client.iopub_channel.socket.rcvhwm = 0
        if self.km.kernel_spec.language == "python":
            client.execute(KEEP_MESSAGES, silent=True, stop_on_error=False)
        return client

    def process_message(self, message: dict, cell: NotebookNode, index: int) -> NotebookNode | None:
        """Keep an output; the words of an error only as far as anybody will read them.

        In place of one that no notebook can hold stands that there was one.
        """
        try:
            output = super().process_message(message, cell, index)
        except ValidationError as error:
            told = f"An output that no notebook can hold is left out: {first_line(error):.200}.\n"
            output = new_output("stream", name="stderr", text=told)
            cell.outputs.append(output)
        if output is not None and output.output_type == "error":
            output.evalue = storable(output.evalue)
            output.traceback = storable("\n".join(output.traceback)).split("\n")
        return output

    def papermill_execute_cells(self) -> None:
        """Run the code cells until the end, the first error, or the order to stop."""
        for index, cell in enumerate(self.nb.cells):
            if self.stopper.reason:
                return
            if cell.cell_type != "code":
                cell.metadata.papermill["status"] = self.nb_man.COMPLETED
                if self.nb_man.pbar:
                    self.nb_man.pbar.update(1)
                continue
            self.number += 1
            if self.on_code_cell:
                self.on_code_cell(self.number, self.count, notebooks.title(self.nb, index))
            self.nb_man.cell_start(cell, index)
            try:
                self.execute_cell(cell, index)
            except BaseException:
                self.nb_man.cell_exception(cell, index)
                raise
            else:
                if self.stopper.reason:  # the cell swallowed the interrupt
                    self.nb_man.cell_exception(cell, index)
            finally:
                self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
                self.usage = usage_of(self.process.pid) or self.usage
        self.finished = True

    @property
    def place(self) -> str:
        """Where the run is, for a message."""
        if self.finished:
            return "after the last cell"
        return f"in cell {self.number} of {self.count}" if self.number else "before the first cell"


def fault_of_kernel(name: str) -> str | None:
    """Why no kernel of this name can start, as a phrase; None where one is installed, and whole."""
    try:
        get_kernel_spec(name)
    except NoSuchKernel:
        there = ", ".join(sorted(find_kernel_specs()))
        return f"the kernel {name!r} is not installed here; there is {there}"
    except ValueError as error:
        return f"the kernel {name!r} is damaged: its kernel.json is no JSON ({error})"
    return None


def execute(
    manager: TruthfulManager,
    kernel_name: str,
    *,
    environment: dict[str, str],
    folder: Path | None = None,
    kernel_log: Path | None = None,
    timeout_s: float | None = None,
    on_cell: OnCell | None = None,
    **options: object,
) -> dict[str, Any]:
    """Run a notebook's cells in a fresh kernel.

    The notebook in ``manager`` gets the outputs and Papermill's notes, also when it ends badly.

    Arguments:
        environment: variables added to those of this process.
        folder: the kernel's working directory; this process's own when None.
        kernel_log: file that gets what the kernel writes past its cells; None: our own stderr.
        timeout_s: seconds for the whole run, or None.
        on_cell: called before each code cell with its number (from 1), how many there are,
            and its title.
        options: further options of nbclient (``startup_timeout``, ``timeout`` per cell).

    Returns:
        How it ended, as a run's record has it: ``outcome``; ``error``, with ``type``, ``message``,
        ``traceback`` (a text, or None) and ``cell`` (number of the code cell that was running, from
        1, or None), None when all went well; and what the kernel had used when its last cell ended.
    """
    output = kernel_log.open("ab") if kernel_log else nullcontext()
    start = {"env": os.environ | QUIET | environment} | ({"cwd": str(folder)} if folder else {})
    with (
        Stopper(timeout_s) as stopper,
        manager.noting(),
        output as file,
        private_sockets() as config,
    ):
        options |= {"kernel_name": kernel_name, "config": config}
        client = Client(manager, stopper, on_cell, **options)
        try:
            if fault := fault_of_kernel(kernel_name):
                ended = _bad("failed", "KernelStart", fault)
            else:
                client.execute(**start, stdout=file, stderr=file)
                ended = {"outcome": "ok", "error": None}
        except CellExecutionError as error:
            ended = _of_exception(error)
        except CellTimeoutError as error:
            ended = _of_timeout(error, client)
        except (DeadKernelError, RuntimeError) as error:
            ended = _of_dead_kernel(client, error)
        if stopper.reason and not client.finished:
            how = f"after {timeout_s:g} s" if stopper.reason == "timeout" else "by hand"
            message = f"the run was stopped {how}, {client.place}"
            ended = _bad(stopper.reason, stopper.reason.capitalize(), message)
        if ended["error"]:
            manager.nb.metadata.papermill["exception"] = True
            amid = client.number and not client.finished
            ended["error"]["cell"] = client.number if amid else None
        return ended | client.usage


def _of_exception(error: CellExecutionError) -> dict[str, Any]:
    trace = storable(ANSI.sub("", error.traceback).strip())
    message = ANSI.sub("", error.evalue)
    if error.ename == "SystemExit":
        message = f"a cell ended the notebook with sys.exit({message})"
    return _bad("failed", error.ename, message, trace)


def _of_timeout(error: CellTimeoutError, client: Client) -> dict[str, Any]:
    if "IOPub" not in str(error):
        return _bad("timeout", "Timeout", str(error).splitlines()[0])
    message = f"what the kernel printed last has not come in {LAST_OUTPUT_S} s, {client.place}"
    return _bad("failed", "OutputLost", message)


def _of_dead_kernel(client: Client, error: Exception) -> dict[str, Any]:
    status = client.process.poll() if client.process else None
    if status is None:
        return _bad("failed", "KernelStart", f"the kernel did not start: {error}")
    message = f"the kernel {exit_in_words(status)}, {client.place}"
    if status < 0:
        return _bad("killed", name_of_signal(-status), message)
    return _bad("failed", "KernelExit", message)


def _bad(outcome: str, kind: str, message: str, trace: str | None = None) -> dict[str, Any]:
    error = {"type": kind, "message": storable(message), "traceback": trace}
    return {"outcome": outcome, "error": error}
