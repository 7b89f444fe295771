"""What a reader is: a row of the table of readers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import AfterValidator, ConfigDict
from pydantic_core import PydanticCustomError

from warmstart.data.dataset import Dataset

STRICT = ConfigDict(extra="forbid", strict=True)
"""How a reader's options are declared: an unknown key or a wrong type is refused."""


def _at_least_one(chosen: tuple[Any, ...]) -> tuple[Any, ...]:
    if not chosen:
        raise PydanticCustomError("empty", "Name at least one")
    return chosen


AT_LEAST_ONE = AfterValidator(_at_least_one)
"""Annotates an option that is a list: an empty one is refused, and a wrong item told once."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Lists the images of one kind of release; decodes nothing.

    Attributes:
        name: What a study file calls it.
        title: What is read, for the list of readers.
        read: Reads a dataset from a root, with the reader's own options.
        options: Frozen pydantic dataclass of these options (``config=STRICT``).
        expects: One phrase that says what must lie on disk: "a folder with ...".
        layout: What lies on disk as it is published, as a tree of names.
        labels: What the labels are: "10 classes", "14 yes/no labels".
        groups: What a group is (patient, lesion, slide); empty if the release names none.
        parts: Whether the release has official parts.
        archives: Patterns of the names of archives that the release is published as; lying in
            the root they are unpacked, once, into the cache.
        address: Where the release is described or fetched.
        needs_root: Whether images come from disk at all.
        published: Images of the release according to its publishers, given a root, which need not
            be there, and the reader's own options; ``None`` where nobody knows.
    """

    name: str
    title: str
    read: Callable[[Path | None, Any], Dataset]
    options: type[Any]
    expects: str
    layout: str = ""
    labels: str
    groups: str = ""
    parts: bool = False
    archives: tuple[str, ...] = ()
    address: str = ""
    needs_root: bool = True
    published: Callable[[Path | None, Any], int | None] = lambda root, options: None
