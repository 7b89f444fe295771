"""Tables of what this package and installed packages offer by name, such as readers."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint
from typing import TypeVar

from warmstart.errors import ConfigError

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """Our rows by name, then those of installed packages.

    A package's row goes by the name of its entry point, and is loaded when it is looked up, so
    that a broken package stops only those who use its row. A name of ours stays ours.

    Args:
        kind: The class of every row; messages call a row by its name.
        own: Our rows.
        points: The entry points of installed packages.
    """

    def __init__(self, kind: type[T], own: Mapping[str, T], points: Iterable[EntryPoint]):
        self._kind = kind
        self._own = own
        self._points = {point.name: point for point in points if point.name not in own}

    def __getitem__(self, name: str) -> T:
        return self._own[name] if name in self._own else self._load(self._points[name])

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._points

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from sorted(self._points)

    def __len__(self) -> int:
        return len(self._own) + len(self._points)

    def usable(self) -> tuple[dict[str, T], list[str]]:
        """Return all rows that can be loaded, and why the others cannot."""
        found, problems = {}, []
        for name in self:
            try:
                found[name] = self[name]
            except ConfigError as error:
                problems.append(str(error))
        return found, problems

    def _load(self, point: EntryPoint) -> T:
        kind = self._kind.__name__
        try:
            loaded = point.load()
        except Exception as error:  # whatever a foreign package does while it is imported
            raise ConfigError(
                f"{kind} {point.name!r} ({point.value}) cannot be loaded: {error}. Repair or "
                "uninstall the package it comes from."
            ) from error
        if not isinstance(loaded, self._kind):
            raise ConfigError(f"{kind} {point.name!r} ({point.value}) is not a warmstart {kind}.")
        return loaded
