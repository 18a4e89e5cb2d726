"""An executed notebook, ``notebooks/<experiment>.ipynb``, as JSON types of the shape it has."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from labbook.log.records.json_file import read_json
from labbook.log.records.schemas import read_as


class _Papermill(TypedDict):
    parameters: NotRequired[dict[str, Any]]


class _Metadata(TypedDict):
    labbook: NotRequired[dict[str, Any]]
    papermill: NotRequired[_Papermill]
    jupytext: NotRequired[dict[str, Any]]
    kernelspec: NotRequired[dict[str, Any]]
    language_info: NotRequired[dict[str, Any]]


class _Cell(TypedDict):
    cell_type: str
    source: str | list[str]
    metadata: dict[str, Any]
    outputs: NotRequired[list[dict[str, Any]]]
    execution_count: NotRequired[int | None]


class _Notebook(TypedDict):
    cells: list[_Cell]
    metadata: _Metadata


def read_executed(path: Path) -> dict[str, Any]:
    """The notebook in a file, whole.

    Raises:
        FileNotFoundError: there is nothing of that name.
        Misfit: it is no notebook.
    """
    notebook = read_json(path)
    read_as(notebook, _Notebook)
    return notebook


def run_of(notebook: Mapping[str, Any]) -> Any:
    """What a notebook tells of the run that made its outputs; None where none has.

    A page has its outputs put in by us. Whoever executes the file itself (Papermill, nbconvert,
    an editor) leaves what it tells of our last run, and notes its own at the cells.

    Arguments:
        notebook: of the shape that ``read_executed`` gives.
    """
    if any({"papermill", "execution"} & cell["metadata"].keys() for cell in notebook["cells"]):
        return None
    return notebook["metadata"].get("labbook", {}).get("run")
