"""Who is told how a study goes on."""

from typing import Protocol


class Listener(Protocol):
    """Is told how a study goes on; the terminal shows it."""

    def say(self, line: str) -> None:
        """A line a user must see."""

    def step(self, what: str, done: int, total: int) -> None:
        """How far something is, such as ``reading lesions``, in images or bytes."""

    def start(self, work: dict[str, tuple[str, int, int]], done: int) -> None:
        """Training starts: title, epochs and images per epoch of each run to do; runs done."""

    def epoch(self, key: str, done: int, total: int) -> None:
        """A run has finished an epoch."""

    def end(self, key: str, error: str | None) -> None:
        """A run has ended."""


class Silent:
    """A listener that shows nothing."""

    def say(self, line: str) -> None:
        """Show nothing."""

    def step(self, what: str, done: int, total: int) -> None:
        """Show nothing."""

    def start(self, work: dict[str, tuple[str, int, int]], done: int) -> None:
        """Show nothing."""

    def epoch(self, key: str, done: int, total: int) -> None:
        """Show nothing."""

    def end(self, key: str, error: str | None) -> None:
        """Show nothing."""
