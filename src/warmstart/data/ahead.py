"""A map over threads that stays a few items ahead of its reader, and never further."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_ahead(
    function: Callable[[T], R], items: Iterable[T], *, threads: int, ahead: int
) -> Iterator[R]:
    """Yield ``function(item)`` in order, computed by threads at most ``ahead`` items early.

    Unlike ``Executor.map`` it takes an item only when there is room for it, so that a long
    iterable of large items never lies in memory as a whole.

    Example:
        >>> list(map_ahead(str.upper, "abc", threads=2, ahead=2))
        ['A', 'B', 'C']
    """
    pool = ThreadPoolExecutor(threads)
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def map_on_cores(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield ``function(item)`` in order, by a thread per core, 16 at most: see `map_ahead`."""
    threads = min(os.cpu_count() or 1, 16)
    return map_ahead(function, items, threads=threads, ahead=2 * threads)
