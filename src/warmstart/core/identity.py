"""Identity: a result is found by the question that produced it."""

import hashlib
import json
from pathlib import Path

NUMBERS_VERSION = 1
"""Raised by hand when a change of the code changes the numbers that a run produces."""


def question_key(question: object) -> str:
    """Return the 16 hexadecimal digits that name a question.

    Args:
        question: Nested dictionaries, lists, strings, numbers, booleans and ``None``: exactly what
            changes the answer. The order of keys does not matter.

    Example:
        >>> question_key({"a": 1, "b": 2}) == question_key({"b": 2, "a": 1})
        True
    """
    text = json.dumps(question, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def seed_of(*parts: object) -> int:
    """Return a seed of 63 bits drawn from what names the randomness, such as (run, epoch)."""
    text = "\0".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
