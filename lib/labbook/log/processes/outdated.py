"""Processes that have loaded code which has changed since."""


class Outdated(RuntimeError):
    """A job finds that its process has loaded, or would load, other code than it was given for.

    A worker of ours that has done other jobs ends then, and a fresh one gets the job.
    """
