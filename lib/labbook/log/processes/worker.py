"""A process that does one job after the other: ``python -m labbook.log.processes.worker FD``.

It gets pickled calls over the socket with that number and answers each; it ends with the socket.
"""

import os
import pickle
import sys
import sysconfig
import time
from multiprocessing.connection import Connection
from pathlib import Path

# What a worker says instead of an answer, before it ends: let a fresh one do this job.
OUTDATED = "outdated"


def main() -> None:
    """Serve until nobody is at the other end."""
    connection = Connection(int(sys.argv[1]))
    # A process that a job forks must not keep the socket open when this one is gone.
    os.register_at_fork(after_in_child=connection.close)
    begun = time.time()
    sys.path[:] = connection.recv()
    idle_since_begun = True
    while True:
        try:
            call = connection.recv_bytes()
        except (EOFError, OSError):
            return
        if not idle_since_begun and _code_changed_since(begun):
            connection.send((OUTDATED, None))
            return
        idle_since_begun = False
        _answer(connection, *_done(call))


def is_ours() -> bool:
    """Whether this process is such a worker."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec is not None and spec.name == __name__


def _done(call: bytes) -> tuple[str, object]:
    try:
        function, arguments, named = pickle.loads(call)
        return "returned", function(*arguments, **named)
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is told to who asked
        return "raised", error


def _answer(connection: Connection, kind: str, value: object) -> None:
    try:
        answer = pickle.dumps((kind, value))
    except Exception as error:  # noqa: BLE001  # pickling runs code of the value's class
        answer = pickle.dumps(("raised", RuntimeError(f"{value!r} cannot be sent back: {error}")))
    connection.send_bytes(answer)


def _code_changed_since(begun: float) -> bool:
    """Whether a file of an imported module, installed packages apart, is newer than this process.

    A module is imported once: after a change of its file, only a fresh process runs the new code.
    """
    installed = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and not file.startswith(installed):
            try:
                if Path(file).stat().st_mtime > begun:
                    return True
            except OSError:
                continue
    return False


if __name__ == "__main__":
    main()
