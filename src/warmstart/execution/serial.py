"""One job after the other, in this process: laptops, tests, debuggers."""

import time
from collections.abc import Iterator, Sequence
from typing import final

from warmstart.execution.job import (
    POLL_SECONDS,
    Busy,
    Job,
    Outcome,
    Report,
    Work,
    attempt,
    queue_of,
)


@final
class Serial:
    """Runs jobs in this process, in the order given as far as their needs allow."""

    def run(self, work: Work, jobs: Sequence[Job], *, report: Report) -> Iterator[Outcome]:
        """Yield an outcome per job, in the order they end."""
        queue = queue_of(jobs)
        while queue.waiting:
            ended = 0
            for job in queue.ready():
                try:
                    error = attempt(work, job.payload, report)
                except Busy:
                    continue
                ended += 1
                yield queue.end(job.key, error)
                break  # a job given earlier may be ready now
            yield from queue.blocked()
            if not ended and queue.waiting:
                time.sleep(POLL_SECONDS)
