"""What an executor runs, and what it answers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from warmstart.errors import StoreError

POLL_SECONDS = 0.2
"""How long to wait before asking again for a job that another process has claimed."""


class Busy(Exception):  # noqa: N818 (no error: the job is in good hands)
    """Raised by a job that another process is doing; it is tried again later."""


@dataclass(frozen=True, eq=False)
class Job:
    """One independent piece of work.

    Attributes:
        key: Names the job; unique among the jobs of one call.
        payload: What the function is given; must pickle.
        needs: Keys of jobs that must be done before; keys that are no job of the call are done.
    """

    key: str
    payload: Any
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How a job ended: ``error`` is ``None``, or says in one line why it failed."""

    key: str
    error: str | None = None


Told = tuple[int, int] | str
"""Steps done and steps in all; or a line for the user."""
Report = Callable[[str, Told], None]
"""Told a job's key, and how it goes on."""
Work = Callable[[Any, Report], None]
"""Does one job: given its payload and a report; a module's function, so that it pickles."""


class Executor(Protocol):
    """Runs jobs, each after those it needs."""

    def run(self, work: Work, jobs: Sequence[Job], *, report: Report) -> Iterator[Outcome]:
        """Yield an outcome per job, in the order they end; an error of one stops no other.

        Raises:
            StoreError: If results cannot be written.
        """


@dataclass
class Queue:
    """Which jobs may start: bookkeeping that executors share."""

    waiting: dict[str, Job]
    failed: set[str] = field(default_factory=set)

    def ready(self) -> list[Job]:
        """Jobs whose needs are done, in the order they were given."""
        return [job for job in self.waiting.values() if not self._unmet(job)]

    def blocked(self) -> list[Outcome]:
        """Take out the jobs that need a failed one, and say so."""
        outcomes = []
        while found := [j for j in self.waiting.values() if self.failed.intersection(j.needs)]:
            for job in found:
                need = next(key for key in job.needs if key in self.failed)
                outcomes.append(self.end(job.key, f"needs {need}, which failed"))
        return outcomes

    def end(self, key: str, error: str | None) -> Outcome:
        """Note how a job ended."""
        self.waiting.pop(key, None)
        if error is not None:
            self.failed.add(key)
        return Outcome(key, error)

    def _unmet(self, job: Job) -> bool:
        return any(need in self.waiting for need in job.needs)


def queue_of(jobs: Sequence[Job]) -> Queue:
    """Queue jobs; keys must be unique and needs must not go round in a circle."""
    waiting = {job.key: job for job in jobs}
    assert len(waiting) == len(jobs), "two jobs have the same key"
    return Queue(waiting)


def attempt(work: Work, payload: Any, report: Report) -> str | None:
    """Do a job; return why it failed, as one line.

    Raises:
        Busy: If another process is doing it.
        StoreError: If results cannot be written: the other jobs would fare no better.
    """
    try:
        work(payload, report)
    except (Busy, StoreError):
        raise
    except Exception as error:
        return one_line(error)
    return None


def one_line(error: BaseException) -> str:
    """An error as one line: its message, with the type where that says more."""
    text = " ".join(str(error).split())
    ours = type(error).__module__.startswith("warmstart")
    kind = type(error).__name__
    return (text if ours else f"{kind}: {text}") if text else kind
