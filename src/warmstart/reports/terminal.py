"""The answer in the terminal: one table per target, as plain lines."""

import textwrap
from collections.abc import Iterator

import pandas as pd

from warmstart.core.text import printable, shortened
from warmstart.reports.contents import ReportContents
from warmstart.reports.look import pairs
from warmstart.reports.matrix import answer, notes

_COLUMNS = ("source", "score", "interval", "transferability", "verdict")
_WIDTHS = (24, 5, 14, 15, 14)
"""Characters per column; with two spaces between them they fill 80 columns at most."""


def summary_lines(contents: ReportContents) -> list[str]:
    """Return what the study found as lines of 80 characters; ``*`` marks the highest mean."""
    found = answer(contents)
    lines: list[str] = []
    for title, rows in pairs(found, "target", "panel"):
        lines += [*textwrap.wrap(printable(title), 80), *_plain_row(_headings(contents))]
        for row in rows.to_dict("records"):
            name = f"{row['source']} *" if row["best"] else row["source"]
            lines += _plain_row(
                [printable(text) for text in (name, *(row[c] for c in _COLUMNS[1:]))]
            )
        lines.append("")
    warnings = (f"Note: {shortened(warning)}" for warning in contents.warnings)
    texts = [*_footnotes(found), *contents.sentences, *_claims(contents), *warnings]
    return lines + [line for text in texts for line in textwrap.wrap(printable(text), 80)]


def _claims(contents: ReportContents) -> Iterator[str]:
    """The verdict on each claim, in a sentence or two."""
    for row in contents.claims.to_dict("records"):
        cite = f" ({row['cite']})" if row["cite"] else ""
        yield f"{str(row['verdict']).capitalize()}: {row['says']}{cite}. {row['why']}."


def _headings(contents: ReportContents) -> list[str]:
    short = contents.score if len(contents.score) <= _WIDTHS[1] else "score"
    return ["source", short, "interval", "transferability", "verdict"]


def _footnotes(found: pd.DataFrame) -> Iterator[str]:
    for note in notes(found):
        yield f"Transferability in round brackets {note}"


def _plain_row(cells: list[str]) -> list[str]:
    """One line; a name too long for its column stands on lines of its own."""
    name, width = cells[0], _WIDTHS[0]
    above = textwrap.wrap(name, 78) if len(name) > width else []
    values = [c.ljust(w) for c, w in zip(cells[1:], _WIDTHS[1:], strict=True)]
    line = "  ".join([("" if above else name).ljust(width), *values])
    return [*above, line.rstrip()]
