"""Pydantic's findings in the words of a study file."""

import json
from collections.abc import Iterable
from typing import Any

from warmstart.core.names import hint


def describe(error: Any, section: str, known: Iterable[str]) -> str:
    """Say in one line what is wrong with a key.

    Args:
        error: One of the ``errors()`` of a pydantic ``ValidationError``.
        section: Name of the table of the study file, empty for the top.
        known: The keys this table may have.
    """
    key = str(error["loc"][-1]) if error["loc"] else ""
    where = f"[{section}] " if section else ""
    if error["type"] == "extra_forbidden":
        names = sorted(known)
        return f"{where}unknown key {key!r}.{hint(key, names)} Known: {', '.join(names)}."
    if error["type"] == "missing":
        return f"{where}{key!r} is missing."
    text = str(error["msg"]).replace("Input should be", "expected")
    got = json.dumps(error["input"], default=str)
    return f"{where}{key} = {got}: {text[0].lower()}{text[1:]}."
