"""What documents said when they were read: kept with Sphinx's environment, from build to build."""

from collections import defaultdict
from pathlib import Path


def notes(env) -> dict[str, dict]:
    """What documents said: ``{kind: {docname: …}}``.

    Kinds: ``citations`` (numbers of experiments cited), ``updates`` (dated notes), ``live``
    (documents whose content depends on other pages), ``thumbnail``, ``reported`` (figures that
    its tables set beside trials), ``lines`` (what they hold curves of trials against), ``inputs``
    and ``views`` (digests).
    """
    if not hasattr(env, "labbook_notes"):
        env.labbook_notes = defaultdict(dict)
    return env.labbook_notes


def folder_for(env, docname: str) -> Path:
    """Where the files made while a document is read wait for being copied to the site."""
    folder = Path(env.doctreedir) / "labbook" / docname.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def forget(app, env, docname: str) -> None:
    """Drop what a document said and the files made for it: it is read again, or gone."""
    for kind in notes(env).values():
        kind.pop(docname, None)
    for path in folder_for(env, docname).iterdir():
        path.unlink()
