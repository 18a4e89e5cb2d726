"""What a record gives, apart from when and how fast it was made."""

import hashlib
import json

from labbook.log.records.record import Record

# Histories of elapsed time differ between any two runs of the same trial.
TIME_UNIT = "_s"


def result_digest(record: Record) -> str:
    """Digest (16 hex digits) of a record's outcome, metrics, parameters, history, names of arrays.

    Records of the same trial with equal digests show the same: start, times, machine and histories
    in seconds do not enter.
    """
    history = {k: v for k, v in record.history.items() if not k.endswith(TIME_UNIT)}
    parts = [record.outcome, record.metrics, record.parameters, history, sorted(record.artifacts)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
