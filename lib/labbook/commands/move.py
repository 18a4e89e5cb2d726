"""``labbook mv OLD NEW``: another name for an experiment; its records and runs go with it.

The key of a record is a digest of ``<experiment>.<function>`` and the configuration, so a new name
is a new key: the records are keyed anew, here and in every plan, run and page that names them. For
records that come later under the former name, a header says ``formerly:``: they are keyed anew when
their trials are run or looked up (``labbook.log.freshness.renamed``).
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from labbook.commands.new import hides_a_module
from labbook.commands.rename import rename
from labbook.log.freshness.running import what_runs
from labbook.log.records.files import write_whole
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout
from labbook.log.records.locks import waiting_lock
from labbook.log.records.text import number_of

TEXTS = ("notebooks/*.py", "docs/*.rst", "lib/**/*.py", "src/**/*.py", "*.md", "*.rst")
JSON = (".json", ".jsonl", ".ipynb")


def renamed(old: str, new: str, root: Path) -> str:
    """What ``labbook mv`` says once an experiment, a function or a parameter has its new name.

    Raises:
        UnknownExperiment, ValueError, FileExistsError: as ``move`` and ``rename`` do.
    """
    if "." in old:
        return f"{old} is {new} now, in {number_of(rename(old, new, root), 'record')}."
    return move(old, new, root)


def move(old: str, new: str, root: Path) -> str:
    """Rename an experiment: its text and page, its records and runs, and whatever refers to them.

    Number, title, results and times stay as they are; so does what is fresh and what is stale.

    Returns:
        What went along, and where a text still names the experiment as before.

    Raises:
        UnknownExperiment: there is no experiment called ``old``.
        ValueError: ``new`` is no name, or something is running.
        FileExistsError: there is an experiment, or there are records, called ``new``.
    """
    layout = Layout(root)
    layout.require(old)
    _check(new, layout)
    with waiting_lock(layout.notebooks / ".new.lock"):
        if running := what_runs(root):
            raise ValueError(
                f"{running[0].experiment} is running: rename {old} when that has ended (labbook "
                "watch tells)."
            )
        keys, functions = _new_keys(old, new, layout)
        replace = _replacement(old, new, keys, functions)
        runs = len(list(layout.runs(old).glob("*/")))
        places = (layout.published_records, layout.local_records, layout.runs)
        folders = [(place(old), place(new)) for place in places if place(old).is_dir()]
        try:
            for before, after in folders:
                _copy(before, after, keys, replace)
            for path in _elsewhere(old, new, layout):
                _rewrite(path, path, replace)
            # The page goes before the text: a text without outputs is a page that was never run.
            if layout.executed(old).is_file():
                _rewrite(layout.executed(old), layout.executed(new), replace)
        except BaseException:  # it can be given again: what was rewritten elsewhere stays so
            for _, after in folders:
                shutil.rmtree(after, ignore_errors=True)
            layout.executed(new).unlink(missing_ok=True)
            raise
        os.replace(layout.source(old), layout.source(new))
        layout.executed(old).unlink(missing_ok=True)
        for before, _ in folders:
            shutil.rmtree(before)
    told = f"{number_of(len(keys), 'record')} and {number_of(runs, 'run')}"
    said = f"{old} is {new} now: {told} went with it."
    mentions = list(_mentions(old, root))
    return said + (f"\n{old} is still named in {', '.join(mentions)}." if mentions else "")


def _check(new: str, layout: Layout) -> None:
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", new) or new == "records":
        raise ValueError(
            f"{new!r} is no name of an experiment: write words in lower case, joined by _."
        )
    if hides_a_module(new):
        raise ValueError(
            f"{new!r} is the name of a module, which notebooks/{new}.py would hide: choose another."
        )
    places = (layout.source, layout.published_records, layout.local_records, layout.runs)
    for place in places:
        if place(new).exists():
            raise FileExistsError(f"{place(new)} is there already: choose another name.")


def _new_keys(old: str, new: str, layout: Layout) -> tuple[dict[str, str], set[str]]:
    """The new key of each trial of an experiment that any record or plan names; its functions."""
    keys, functions = {}, set()
    for entry in _trials(layout):
        function = entry["function"]
        if not function.startswith(f"{old}."):
            continue
        functions.add(function)
        moved = f"{new}.{function.removeprefix(f'{old}.')}"
        keys[entry["key"]] = record_key(moved, entry["configuration"], entry["data_digest"])
    return keys, functions


def _json_files(layout: Layout) -> Iterator[tuple[Path, str]]:
    """Records, plans, runs and their notebooks, each with the name of the folder that it is in."""
    for place in (layout.published_records(""), layout.local_records(""), layout.runs("")):
        for path in sorted(place.glob("*/**/*")):
            if path.suffix in JSON and path.is_file() and path.parent.name != "code":
                yield path, path.relative_to(place).parts[0]


def _trials(layout: Layout) -> Iterator[dict[str, Any]]:
    """Whatever names a trial, of all experiments: a page may show those of another experiment."""
    for path, _ in _json_files(layout):
        if path.suffix != ".ipynb":
            yield from _entries(path)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """The trials that a file names; none where it is damaged, and it stays so."""
    try:
        text = path.read_text(encoding="utf-8")
        parts = text.split("\n") if path.suffix == ".jsonl" else [text]
        found = [json.loads(part) for part in parts if part.strip()]
    except (OSError, ValueError):
        return
    for one in found:
        plan = one.get("trials") if isinstance(one, dict) else None
        lists = plan.values() if isinstance(plan, dict) else []
        for entry in [one, *(entry for entries in lists for entry in entries)]:
            fields = ("key", "function", "configuration", "data_digest")
            if isinstance(entry, dict) and all(name in entry for name in fields):
                yield entry


def _replacement(
    old: str, new: str, keys: dict[str, str], functions: set[str]
) -> Callable[[str], str]:
    """What renames an experiment in the text of a JSON file."""
    names = {f'"{function}"': f'"{new}{function[len(old) :]}"' for function in functions}
    names |= {f'"experiment": "{old}"': f'"experiment": "{new}"'}
    for place in ("runs", "runs/records", "docs/records", "records"):
        names[f"{place}/{old}/"] = f"{place}/{new}/"
    names |= {f"notebooks/{old}.{end}": f"notebooks/{new}.{end}" for end in ("py", "ipynb")}
    words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"{words}|\b[0-9a-f]{{16}}\b")
    known = names | keys
    return lambda text: pattern.sub(lambda found: known.get(found[0], found[0]), text)


def _copy(before: Path, after: Path, keys: dict[str, str], replace: Callable) -> None:
    """A folder under another name: JSON rewritten, other files shared, keys in names replaced."""
    after.mkdir(parents=True)
    for path in sorted(before.iterdir()):
        name = keys.get(path.name[:16], path.name[:16]) + path.name[16:]
        if path.is_dir():
            _copy(path, after / name, keys, replace)
        elif path.suffix in JSON and path.is_file():
            _rewrite(path, after / name, replace)
        elif path.suffix not in (".lock", ".tmp"):
            os.link(path, after / name)


def _rewrite(path: Path, to: Path, replace: Callable[[str], str]) -> None:
    """Write a file with names replaced; it keeps its time."""
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    if (renamed := replace(text)) != text or to != path:
        times = path.stat()
        write_whole(to, renamed.encode("utf-8", "surrogateescape"))
        os.utime(to, ns=(times.st_atime_ns, times.st_mtime_ns))


def _elsewhere(old: str, new: str, layout: Layout) -> Iterator[Path]:
    """Plans, runs and pages of other experiments, which may show trials of this one."""
    for path, experiment in _json_files(layout):
        if experiment not in (old, new, "records"):
            yield path
    yield from (path for path in layout.notebooks.glob("*.ipynb") if path.stem != old)


def _mentions(old: str, root: Path) -> Iterator[str]:
    """Where a text of the log says the former name."""
    word = re.compile(rf"(?<![\w/]){re.escape(old)}(?!\w)|notebooks/{re.escape(old)}\b")
    found = {path for pattern in TEXTS for path in root.glob(pattern)}
    for path in sorted(filter(Path.is_file, found)):
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
            if word.search(line):
                yield f"{path.relative_to(root)}:{number}"
