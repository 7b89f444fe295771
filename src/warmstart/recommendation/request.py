"""What is asked of `recommend`, checked and in one form before anything is done."""

import math
import os
from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import Path

from warmstart.core.durations import seconds_of
from warmstart.data.dataset import Dataset
from warmstart.errors import ConfigError


def path_of(name: str, value: Path | str) -> Path:
    """Return a path; ``~`` is the user's home.

    Args:
        name: Of the argument, as messages say it.
        value: What was given.

    Raises:
        ConfigError: If it is no path, or an empty text, which would mean the working folder.
    """
    if not isinstance(value, str | os.PathLike) or not str(value):
        raise ConfigError(f"{name} is {value!r}; a path was expected.")
    text = str(value)
    return Path.home() / text[2:] if text == "~" or text.startswith("~/") else Path(value)


def path_or_none(name: str, value: Path | str | None) -> Path | None:
    """Return a path as `path_of` does; ``None`` stays ``None``."""
    return None if value is None else path_of(name, value)


def options_of(
    name: str, value: Mapping[str, object] | None, example: str
) -> dict[str, object] | None:
    """Return options by name.

    Raises:
        ConfigError: If they have no names.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ConfigError(f"{name} is {value!r}; options by name, such as {example}, expected.")
    return dict(value)


def budget_of(value: float | str | None) -> float | None:
    """Return a budget in seconds; a text is read as that of ``--budget``.

    Raises:
        ConfigError: If it is no time above 0.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return seconds_of(value, "budget")
    if isinstance(value, bool) or not isinstance(value, Real) or math.isnan(value) or value <= 0:
        raise ConfigError(
            f"budget is {value!r}; seconds above 0, or a time such as '90s', '10m' or '2h', "
            "expected; without a budget nothing is trained."
        )
    return float(value)


def whole(name: str, value: int, least: int) -> int:
    """Return a whole number that is not below another.

    Raises:
        ConfigError: If it is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ConfigError(f"{name} is {value!r}; a whole number, {least} or more, was expected.")
    return int(value)


def check_most(most: int, dataset: Dataset) -> None:
    """Refuse to score fewer images than it takes to have one of each class.

    Raises:
        ConfigError: If there are more classes.
    """
    classes = len(dataset.classes)
    if most < classes:
        kind = "labels" if dataset.multilabel else "classes"
        raise ConfigError(
            f"most is {most}, but {dataset.name} has {classes} {kind} and one image of "
            f"each is scored; give {classes} or more."
        )
