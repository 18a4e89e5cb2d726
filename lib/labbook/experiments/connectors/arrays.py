"""The arrays that another trial has kept: trials go on from what others have trained.

This is the one file of the room that asks the log: where arrays lie, and whether the code that made
them is today's, nobody else knows.
"""

import inspect

from labbook.experiments.connectors.zoo import data_digest
from labbook.log.freshness.stale import stale_because
from labbook.log.records.folder import read_record
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout, find_root


def kept(function, **configuration):
    """The arrays that a trial has kept on this machine.

    Arguments:
        function: the trial's function.
        configuration: its arguments; those that have their default may be left out.

    Returns:
        numpy arrays by name, as the trial returned them in ``artifacts``.

    Raises:
        FileNotFoundError: no trial on this machine has kept them.
        ValueError: other code than today's has made them.
    """
    name = f"hypernetwork_eval.{function.__name__}"
    usual = {name: of.default for name, of in inspect.signature(function).parameters.items()}
    configuration = {name: v for name, v in configuration.items() if v != usual[name]}
    key = record_key(name, configuration, data_digest(configuration))
    folder = Layout(find_root()).local_records("hypernetwork_eval")
    record = read_record(folder / f"{key}.json")
    if record is None:
        raise FileNotFoundError(f"no arrays of {function.__name__} with {configuration}: run it.")
    if reasons := stale_because(record, find_root()):
        raise ValueError(f"the arrays of {function.__name__} are stale: {'; '.join(reasons)}.")
    return record.load_artifacts()
