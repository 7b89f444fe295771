"""Where jobs run: in this process, or in several."""

from warmstart.execution.job import Busy, Executor, Job, Outcome
from warmstart.execution.processes import Processes
from warmstart.execution.serial import Serial

__all__ = ["Busy", "Executor", "Job", "Outcome", "Processes", "Serial", "executor_for"]


def executor_for(jobs: int) -> Executor:
    """Return the executor for ``--jobs``: one job runs here, several in processes of their own."""
    return Serial() if jobs == 1 else Processes(jobs)
