"""A process that does one job after the other: ``python -m labbook.log.processes.worker FD``.

It gets pickled calls over the socket with that number and answers each; it ends with the socket.
"""

import os
import pickle
import sys
from multiprocessing.connection import Connection

from labbook.log.processes.outdated import Outdated

# What a worker says instead of an answer, before it ends: let a fresh one do this job.
OUTDATED = "outdated"


def main() -> None:
    """Serve until nobody is at the other end."""
    connection = Connection(int(sys.argv[1]))
    # A process that a job forks must not keep the socket open when this one is gone.
    os.register_at_fork(after_in_child=connection.close)
    sys.path[:] = connection.recv()
    fresh = True
    while True:
        try:
            call = connection.recv_bytes()
        except (EOFError, OSError):
            return
        kind, value = _done(call)
        if isinstance(value, Outdated) and not fresh:
            connection.send((OUTDATED, None))
            return
        fresh = False
        _answer(connection, kind, value)


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


if __name__ == "__main__":
    main()
