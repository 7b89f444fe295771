"""Plain text in columns, the same in a terminal, a file and a pipe."""

import unicodedata
from collections.abc import Collection, Sequence

WIDTH = 100
"""Characters in a line of the sentences beside such a table."""


def columns(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> list[str]:
    """Return one line per row, each column as wide as its widest cell; nothing is cut.

    Args:
        rows: The cells of each row; equally many in all.
        right: Numbers of the columns that are flush right.

    Example:
        >>> columns([["a", "10"], ["bcd", "9"]], right=[1])
        ['a    10', 'bcd   9']
    """
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(row, widths, right)).rstrip() for row in rows]


def cells(text: str) -> int:
    """Return how many cells of a terminal a text fills: none for accents, two for wide letters.

    Example:
        >>> cells("abc"), cells("正常")
        (3, 4)
    """
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def _padded(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> list[str]:
    blanks = [" " * (width - cells(text)) for text, width in zip(row, widths, strict=True)]
    return [
        blank + text if number in right else text + blank
        for number, (text, blank) in enumerate(zip(row, blanks, strict=True))
    ]
