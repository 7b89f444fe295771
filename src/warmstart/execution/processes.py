"""Several jobs at once, each in a process of its own (spawned, so the same on every system)."""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import queue as standard_queue
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, final

from warmstart.errors import StoreError
from warmstart.execution.job import (
    POLL_SECONDS,
    Busy,
    Job,
    Outcome,
    Queue,
    Report,
    Work,
    attempt,
    one_line,
    queue_of,
)

_DIED = "its process died (out of memory, or killed)"
_reports: Any = None  # the queue of this worker process


@final
class Processes:
    """Runs up to ``workers`` jobs at once in spawned processes."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, work: Work, jobs: Sequence[Job], *, report: Report) -> Iterator[Outcome]:
        """Yield an outcome per job, in the order they end.

        A process that dies takes down the jobs that ran beside it. Each of them is run again on
        its own, so that only the one whose process dies again is reported as failed.
        """
        queue = queue_of(jobs)
        while queue.waiting:
            died = yield from self._run_until_broken(work, queue, report)
            for job in died:
                beside = len(died) > 1
                if not beside or (yield from self._run_until_broken(work, queue, report, job)):
                    yield queue.end(job.key, _DIED)
                yield from queue.blocked()

    def _run_until_broken(
        self, work: Work, queue: Queue, report: Report, only: Job | None = None
    ) -> Generator[Outcome, None, list[Job]]:
        """Run all jobs, or only one; return those that ran when a process died."""
        context = multiprocessing.get_context("spawn")
        reports = context.Queue()
        running: dict[Future[str | None], Job] = {}
        resting: dict[str, float] = {}  # jobs another process has claimed, until when
        broken, died = False, []
        with _pool(self.workers, context, reports) as pool:
            while running or (_left(queue, only) and not broken):
                if not broken:
                    free = self.workers - len(running)
                    startable = _startable(queue, running, resting, only)[:free]
                    broken = not _submit(pool, work, startable, running)
                done, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
                if not running:
                    time.sleep(POLL_SECONDS)
                _drain(reports, report)
                for future in done:
                    job, error = running.pop(future), future.exception()
                    if isinstance(error, BrokenProcessPool):
                        broken = True
                        died.append(job)
                    elif isinstance(error, Busy):
                        resting[job.key] = time.monotonic() + POLL_SECONDS
                    elif isinstance(error, (StoreError, KeyboardInterrupt)):
                        raise error  # Ctrl-C reaches every process: no run has failed by it
                    else:
                        yield queue.end(job.key, one_line(error) if error else future.result())
                yield from queue.blocked()
        return died


def _left(queue: Queue, only: Job | None) -> bool:
    return bool(queue.waiting) if only is None else only.key in queue.waiting


def _startable(
    queue: Queue,
    running: dict[Future[str | None], Job],
    resting: dict[str, float],
    only: Job | None,
) -> list[Job]:
    busy = {job.key for job in running.values()}
    now = time.monotonic()
    jobs = queue.ready() if only is None else [only]
    return [j for j in jobs if j.key not in busy and resting.get(j.key, 0.0) <= now]


def _submit(
    pool: ProcessPoolExecutor,
    work: Work,
    jobs: Sequence[Job],
    running: dict[Future[str | None], Job],
) -> bool:
    """Start these jobs; ``False`` if a process has died since we last looked."""
    try:
        for job in jobs:
            running[pool.submit(_work, work, job.payload)] = job
    except BrokenProcessPool:
        return False
    return True


@contextlib.contextmanager
def _pool(workers: int, context: Any, reports: Any) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(reports,)
    )
    try:
        yield pool
    except BaseException:  # also Ctrl-C: running jobs are abandoned, what they kept stays
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _start_worker(reports: Any) -> None:
    global _reports
    _reports = reports
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the process that started it is gone, however it ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)


def _work(work: Work, payload: Any) -> str | None:
    """Do a job; return why it failed, as text, because not every error can be sent."""
    return attempt(work, payload, lambda *told: _reports.put(told))


def _drain(reports: Any, report: Report) -> None:
    with contextlib.suppress(standard_queue.Empty):
        while True:
            report(*reports.get_nowait())
