"""Where jobs run: in this process, or in several."""

from collections.abc import Callable, Mapping

from warmstart.execution.job import Busy, Executor, Job, Outcome
from warmstart.execution.processes import Processes
from warmstart.execution.serial import Serial

__all__ = ["EXECUTORS", "Busy", "Executor", "Job", "Outcome", "Processes", "Serial", "executor_for"]

EXECUTORS: Mapping[str, Callable[[int], Executor]] = {
    "serial": lambda jobs: Serial(),
    "processes": Processes,
}
"""The table of executors: from the number of jobs at once to an executor."""


def executor_for(jobs: int) -> Executor:
    """Return the executor for ``--jobs``: one job runs here, several in processes of their own."""
    return EXECUTORS["serial" if jobs == 1 else "processes"](jobs)
