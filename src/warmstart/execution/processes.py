"""Several jobs at once, each in a process of its own (spawned, so the same on every system)."""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import queue as standard_queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, final

from warmstart.execution.job import (
    POLL_SECONDS,
    Busy,
    Job,
    Outcome,
    Queue,
    Report,
    Work,
    one_line,
    queue_of,
)

_DIED = "its process died (out of memory, or killed); run again to retry"
_reports: Any = None  # the queue of this worker process


@final
class Processes:
    """Runs up to ``workers`` jobs at once in spawned processes."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, work: Work, jobs: Sequence[Job], *, report: Report) -> Iterator[Outcome]:
        """Yield an outcome per job, in the order they end.

        A process that dies takes down the jobs that ran beside it; they are reported as failed,
        and the others go on in new processes.
        """
        queue = queue_of(jobs)
        while queue.waiting:
            yield from self._run_until_broken(work, queue, report)

    def _run_until_broken(self, work: Work, queue: Queue, report: Report) -> Iterator[Outcome]:
        context = multiprocessing.get_context("spawn")
        reports = context.Queue()
        running: dict[Future[str | None], Job] = {}
        resting: dict[str, float] = {}  # jobs another process has claimed, until when
        broken = False
        with _pool(self.workers, context, reports) as pool:
            while running or (queue.waiting and not broken):
                if not broken:
                    free = self.workers - len(running)
                    startable = _startable(queue, running, resting)[:free]
                    broken = not _submit(pool, work, startable, running)
                done, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
                if not running:
                    time.sleep(POLL_SECONDS)
                _drain(reports, report)
                for future in done:
                    job, error = running.pop(future), future.exception()
                    broken = broken or isinstance(error, BrokenProcessPool)
                    if isinstance(error, Busy):
                        resting[job.key] = time.monotonic() + POLL_SECONDS
                        continue
                    yield queue.end(job.key, _reason(error) if error else future.result())
                yield from queue.blocked()


def _startable(
    queue: Queue, running: dict[Future[str | None], Job], resting: dict[str, float]
) -> list[Job]:
    busy = {job.key for job in running.values()}
    now = time.monotonic()
    return [j for j in queue.ready() if j.key not in busy and resting.get(j.key, 0.0) <= now]


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


def _reason(error: BaseException) -> str:
    return _DIED if isinstance(error, BrokenProcessPool) else one_line(error)


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
    try:
        work(payload, lambda key, done, total: _reports.put((key, done, total)))
    except Busy:
        raise
    except Exception as error:
        return one_line(error)
    return None


def _drain(reports: Any, report: Report) -> None:
    with contextlib.suppress(standard_queue.Empty):
        while True:
            report(*reports.get_nowait())
