"""Text files of one entry per line, without a header."""

from pathlib import Path

from warmstart.data.readers.table import read_text
from warmstart.errors import DataError


def numbered_lines(path: Path) -> list[tuple[int, str]]:
    """Return the number, from 1, and the stripped text of each line that is not blank.

    Raises:
        DataError: If the file cannot be read, is not UTF-8 or holds blank lines only.
    """
    lines = enumerate(read_text(path).split("\n"), start=1)
    found = [(number, line.strip()) for number, line in lines if line.strip()]
    if not found:
        raise DataError(f"{path} is empty; fetch it again.")
    return found
