"""What a reader is: a row of the table of readers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from warmstart.data.dataset import Dataset

STRICT = ConfigDict(extra="forbid", strict=True)
"""How a reader's options are declared: an unknown key or a wrong type is refused."""


@dataclass(frozen=True)
class Reader:
    """Lists the images of one kind of release; decodes nothing.

    Attributes:
        name: What a study file calls it.
        read: Reads a dataset from a root, with the reader's own options.
        options: Frozen pydantic dataclass of these options (``config=STRICT``).
        expects: One sentence that says what must lie on disk.
        needs_root: Whether images come from disk at all.
    """

    name: str
    read: Callable[[Path | None, Any], Dataset]
    options: type[Any]
    expects: str
    needs_root: bool = True
