"""Whether a file of weights is the one that a catalogue means."""

import re
from pathlib import Path

from warmstart.core.identity import file_digest
from warmstart.errors import ConfigError, WeightsError
from warmstart.models.starts import Start

_FEWEST = 8
"""Digits of a SHA-256 in the names of published files; fewer prove little."""
_DIGITS = re.compile(rf"[0-9a-f]{{{_FEWEST},64}}")


def check_digits(sha256: str, start: Start) -> None:
    """Refuse what is no SHA-256, and one for a start that names no file.

    Raises:
        ConfigError: If it is either.
    """
    if not sha256:
        return
    if start.kind != "file":
        raise ConfigError(
            f"sha256 is of a file that the start names, but this start is {str(start)!r}; leave "
            'sha256 out, or give start = "file:PATH".'
        )
    if not _DIGITS.fullmatch(sha256):
        raise ConfigError(
            f"sha256 is {sha256!r}; expected a SHA-256 in lower-case hexadecimal digits, all 64 or "
            f"the first {_FEWEST} or more."
        )


def check_file(path: Path, sha256: str) -> None:
    """Refuse a file whose SHA-256 begins with other digits; empty digits fit any file.

    Raises:
        WeightsError: If it does, or cannot be read.
    """
    if not sha256:
        return
    try:
        found = file_digest(path)[: len(sha256)]
    except OSError as error:
        raise WeightsError(f"Cannot read weights from {path}: {error.strerror}.") from error
    if found != sha256:
        raise WeightsError(
            f"{path.name} has SHA-256 {found}, expected {sha256}; fetch it again, or correct "
            "sha256 in the catalogue."
        )
