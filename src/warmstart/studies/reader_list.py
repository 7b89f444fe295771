"""The registry of readers as text: for a terminal, and for the documentation."""

from collections.abc import Iterator, Mapping

import pandas as pd

from warmstart.core.columns import columns
from warmstart.core.names import lookup
from warmstart.core.text import printable
from warmstart.data.readers import Reader, readers
from warmstart.reports.cell_texts import MISSING
from warmstart.reports.table_formats import markdown_text
from warmstart.studies.reader_options import WINDOW, option_lines, reader_options

BEGIN, END = "<!-- readers -->", "<!-- /readers -->"
"""What encloses the table of readers in docs/readers.md."""


def reader_lines(table: Mapping[str, Reader]) -> Iterator[str]:
    """Every reader in three lines: what it reads, how it is labelled, what lies on disk."""
    rows = []
    for name, reader in table.items():
        parts = "official parts" if reader.parts else "no official parts"
        about = f"{reader.labels}; groups: {reader.groups or 'none known'}; {parts}"
        rows += [(name, reader.title), ("", about), ("", reader.expects)]
    yield from columns([(name, printable(text)) for name, text in rows])


def reader_details(name: str) -> Iterator[str]:
    """Everything there is to know about one reader.

    Raises:
        UnknownNameError: If there is no such reader.
        ConfigError: If it is of another package and cannot be loaded.
    """
    reader = lookup("reader", name, readers())
    yield f"{name}: {printable(reader.title)}"
    facts = {
        "labels": reader.labels,
        "groups": reader.groups or "none known",
        "official parts": "yes" if reader.parts else "no",
        "root": reader.expects if reader.needs_root else f"none needed: {reader.expects}",
        "archives": ", ".join(reader.archives),
        "address": reader.address,
    }
    rows = [(fact, printable(text)) for fact, text in facts.items() if text]
    yield from (f"  {line}" for line in columns(rows))
    if reader.layout:
        yield from ["", "on disk:", *(f"  {line}" for line in reader.layout.splitlines())]
    yield from ["", "options:"]
    for option in (*reader_options(reader.options), WINDOW):
        yield from option_lines(option)


def reader_markdown(table: Mapping[str, Reader]) -> str:
    """The table of readers as docs/readers.md shows it between its two markers."""
    rows = [
        {
            "reader": f"`{name}`",
            "what": reader.title,
            "labels": reader.labels,
            "groups": reader.groups or MISSING,
            "official parts": "yes" if reader.parts else "no",
            "on disk": reader.expects,
        }
        for name, reader in table.items()
    ]
    return markdown_text(pd.DataFrame(rows))


def options_markdown(name: str) -> str:
    """The options of one reader as a table for the documentation.

    Raises:
        UnknownNameError: If there is no such reader.
        ConfigError: If it is of another package and cannot be loaded.
    """
    options = reader_options(lookup("reader", name, readers()).options)
    rows = [
        (f"`{o.name}`", o.kind, _code(o.default), o.meaning.replace("``", "`")) for o in options
    ]
    return markdown_text(pd.DataFrame(rows, columns=["option", "type", "default", "meaning"]))


def _code(default: str) -> str:
    return default if default in ("none", "required") else f"`{default}`"
