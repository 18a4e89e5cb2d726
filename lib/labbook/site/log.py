"""The log that is being rendered, read once a build."""

from pathlib import Path

from labbook.site.experiment import Experiment
from labbook.site.experiments import read_experiments


class Log:
    """Its experiments.

    Attributes:
        experiments: by name, those with a number first, in its order.
        by_number: the first experiment of each number.
    """

    def __init__(self, root: Path):
        self.experiments: dict[str, Experiment] = read_experiments(root)
        self.by_number = {
            experiment.number: experiment
            for experiment in reversed(self.experiments.values())
            if experiment.number is not None
        }

    def of_document(self, docname: str) -> Experiment | None:
        """The experiment whose page a document is."""
        folder, _, name = docname.partition("/")
        return self.experiments.get(name) if folder == "notebooks" else None


def log_of(app_or_env) -> Log:
    """The log of this build."""
    app = getattr(app_or_env, "app", app_or_env)
    if not hasattr(app, "labbook_log"):
        app.labbook_log = Log(Path(app.srcdir))
    return app.labbook_log
