"""Lookup of names in tables, with the nearest known name when there is none."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

from warmstart.errors import UnknownNameError

T = TypeVar("T")


def hint(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the nearest known name, or an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def lookup(kind: str, name: str, table: Mapping[str, T]) -> T:
    """Return ``table[name]``, or say which names exist.

    Raises:
        UnknownNameError: If the table has no such name.
    """
    if name in table:
        return table[name]
    raise UnknownNameError(
        f"Unknown {kind} {name!r}.{hint(name, table)} Known: {', '.join(sorted(table))}."
    )
