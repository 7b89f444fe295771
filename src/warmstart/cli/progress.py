"""How a study goes on: live bars in a terminal, plain lines elsewhere. On standard error."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import filesize
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from warmstart.core.durations import duration
from warmstart.core.text import printable
from warmstart.studies.listener import Listener

Work = dict[str, tuple[str, int, int]]


@contextmanager
def listening() -> Iterator[Listener]:
    """Yield a listener for the terminal, or for a file or pipe."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield PlainLines(console)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[note]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        yield LiveBars(bars)


class LiveBars:
    """A bar over all runs, and one for each run under way."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._work: Work = {}
        self._all: TaskID | None = None
        self._ended = 0

    def say(self, line: str) -> None:
        """Print a line above the bars."""
        self._bars.console.print(printable(line), markup=False)

    def step(self, what: str, done: int, total: int) -> None:
        """Move the bar of what is being done to a dataset."""
        task = self._tasks.get(what)
        if task is None:
            task = self._tasks[what] = self._bars.add_task(what, note="")
        self._bars.update(task, completed=done, total=total, note=f"{done:,} of {total:,}")
        if done == total:
            self._bars.remove_task(self._tasks.pop(what))

    def start(self, work: Work, done: int) -> None:
        """Show the bar over all runs; its length is images times epochs."""
        self._work = work
        total = sum(epochs * images for _, epochs, images in work.values())
        if done:
            self.say(f"{done} runs are done already.")
        self._all = self._bars.add_task("all runs", total=total, note=f"0 of {len(work)}")

    def epoch(self, key: str, done: int, total: int) -> None:
        """Move the bar of a run and that over all runs."""
        title, epochs, images = self._work[key]
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(title, total=epochs, note="")
        before = self._bars.tasks[self._bars.task_ids.index(self._tasks[key])].completed
        self._bars.update(self._tasks[key], completed=done, note=f"epoch {done} of {total}")
        if self._all is not None:
            self._bars.advance(self._all, (done - before) * images)

    def end(self, key: str, error: str | None) -> None:
        """Take away the bar of a run."""
        self._ended += 1
        if key in self._tasks:
            self._bars.remove_task(self._tasks.pop(key))
        if error is not None:
            self.say(f"{self._work[key][0]} failed: {error}")
        if self._all is not None:
            self._bars.update(self._all, note=f"{self._ended} of {len(self._work)}")


class PlainLines:
    """A line per run that ended, with the time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._work: Work = {}
        self._began = 0.0
        self._ended: list[str] = []
        self._read: set[str] = set()

    def say(self, line: str) -> None:
        """Print a line."""
        self._console.print(printable(line), markup=False, soft_wrap=True)

    def step(self, what: str, done: int, total: int) -> None:
        """Say when something is done, once; how far it is is not worth a line."""
        if done == total and what not in self._read:
            self._read.add(what)
            self.say(f"{what}: {total:,} done")

    def start(self, work: Work, done: int) -> None:
        """Say how much there is to do."""
        self._work, self._began = work, time.monotonic()
        self.say(f"{len(work)} runs to do, {done} done already")

    def epoch(self, key: str, done: int, total: int) -> None:
        """Epochs are not worth a line."""

    def end(self, key: str, error: str | None) -> None:
        """Say how a run ended, and how long the others will take."""
        self._ended.append(key)
        how = "done" if error is None else f"failed: {error}"
        count = f"[{len(self._ended)}/{len(self._work)}]"
        self.say(f"{count} {self._work[key][0]}: {how}{self._left()}")

    def _left(self) -> str:
        cost = {key: epochs * images for key, (_, epochs, images) in self._work.items()}
        done = sum(cost[key] for key in self._ended)
        left = sum(cost.values()) - done
        if not left or not done:
            return ""
        seconds = (time.monotonic() - self._began) * left / done
        return f", about {duration(seconds)} left"


@contextmanager
def transferring(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what is told how many bytes are done, and of how many.

    A terminal shows a bar; a file or pipe gets a line per tenth. Nothing told, nothing shown.
    """
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _Tenths(console, what)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: list[TaskID] = []

        def told(done: int, total: int) -> None:
            if not tasks:
                tasks.append(bars.add_task(what))
            bars.update(tasks[0], completed=done, total=total if total > done else None)

        yield told


class _Tenths:
    """A line for each tenth of a transfer."""

    def __init__(self, console: Console, what: str) -> None:
        self._console, self._what = console, what
        self._said = 0

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 * done // total if total > done else 0
        if tenth > self._said:
            self._said = tenth
            line = f"{self._what}: {10 * tenth} % of {filesize.decimal(total)}"
            self._console.print(line, markup=False, soft_wrap=True)
