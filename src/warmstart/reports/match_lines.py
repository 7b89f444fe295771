"""A match table in the terminal."""

import textwrap
from collections.abc import Iterator
from typing import Any

import pandas as pd

from warmstart.core.columns import WIDTH, columns
from warmstart.core.text import counted, printable


def match_lines(title: str, table: pd.DataFrame) -> Iterator[str]:
    """Return a match table as plain lines, then how many numbers agree.

    Lines of which the same is said, and found, stand together.

    Args:
        title: The publication.
        table: Of `warmstart.analysis.published.matches.match_table`.
    """
    yield printable(title)
    told = table["says"] + "\0" + table["finding"]
    for _, rows in table.groupby((told != told.shift()).cumsum(), sort=True):
        yield ""
        yield from _group(rows)
    yield ""
    counts = table["agrees"].value_counts()
    agree, differ = (int(counts.get(word, 0)) for word in ("yes", "no"))
    if agree + differ:
        yield f"{agree} of {agree + differ} published numbers agree."
    else:
        yield "No published number can be computed from these tables, so that none is compared."
    for need in sorted(set(table["agrees"]) - {"yes", "no", ""}):
        yield f"{counted(int(counts[need]), 'line')}: {need}."


def _group(rows: pd.DataFrame) -> Iterator[str]:
    cells = [
        [printable(row["quantity"]), *_numbers(row), row["agrees"]]
        for row in rows.to_dict("records")
    ]
    yield from columns([["", "published", "recomputed", ""], *cells], right=[1, 2])
    for word, text in (("said to be", rows["says"].iloc[0]), ("is", rows["finding"].iloc[0])):
        if text:
            line = f"{word}: {printable(text)}"
            yield from textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _numbers(row: dict[Any, Any]) -> list[str]:
    return [_number(row[name]) for name in ("published", "recomputed")]


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:z.6f}".rstrip("0").rstrip(".")
