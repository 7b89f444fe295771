"""Times in words."""

import re

from warmstart.errors import ConfigError

_UNITS = {"": 60.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def duration(seconds: float) -> str:
    """A time in words.

    Example:
        >>> duration(42), duration(600), duration(7500), duration(1e6)
        ('42 s', '10 min', '2.1 h', '12 days')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 100 else f"{hours / 24:,.0f} days"


def seconds_of(text: str, name: str) -> float:
    """Read a time such as ``90s``, ``10m`` or ``2h``; a plain number is minutes.

    Args:
        text: The time.
        name: What it is called in messages.

    Raises:
        ConfigError: If it is no time above 0.

    Example:
        >>> seconds_of("90s", "--budget"), seconds_of("1.5h", "--budget")
        (90.0, 5400.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower())
    if found is None or found[2] not in _UNITS or not float(found[1]):
        raise ConfigError(f"{name} is {text!r}; a time such as 90s, 10m or 2h was expected.")
    return float(found[1]) * _UNITS[found[2]]
