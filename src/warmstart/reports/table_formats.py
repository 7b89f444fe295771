"""Table I of a paper as text: CSV, Markdown, LaTeX with booktabs, HTML."""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
from markupsafe import Markup

from warmstart.core.text import printable
from warmstart.reports.cell_texts import MISSING
from warmstart.reports.tables import csv_text

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        ".csv": "csv",
        ".md": "markdown",
        ".markdown": "markdown",
        ".tex": "latex",
        ".html": "html",
        ".htm": "html",
    }
)
"""The format of a file, by its suffix."""

_TIMES = "\N{MULTIPLICATION SIGN}"
_LATEX = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    MISSING: "--",
    _TIMES: r"$\times$",
}
_PAGE = Markup(
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Datasets</title>\n<style>\n'
    "table {{ border-collapse: collapse; border-block: 2px solid; font: 15px sans-serif }}\n"
    "th, td {{ padding: 4px 12px; text-align: left; vertical-align: top }}\n"
    "thead {{ border-block-end: 1px solid }}\n"
    ".n {{ text-align: right }}\n"
    "</style>\n<table>\n<thead>\n{}\n</thead>\n<tbody>\n{}\n</tbody>\n</table>\n</html>\n"
)
_NUMBER = re.compile(r"[\d,]+|unknown|" + MISSING)


def paper_table(datasets: pd.DataFrame) -> pd.DataFrame:
    """Return ``datasets.csv`` with the columns of a paper's Table I, every cell as text."""
    rows = [
        {
            "Dataset": printable(row["dataset"]),
            "Used as": row["roles"] or MISSING,
            "Images": f"{row['images']:,}",
            "Classes": f"{row['classes']:,}",
            "Images per class": _span(f"{row['smallest_class']:,}", f"{row['largest_class']:,}"),
            "Image size": _span(_size(row, "min"), _size(row, "max")),
            "Channels": str(row["channels"]),
            "Groups": "unknown" if pd.isna(row["groups"]) else f"{row['groups']:,.0f}",
        }
        for row in datasets.to_dict("records")
    ]
    return pd.DataFrame(rows)


def markdown_text(frame: pd.DataFrame) -> str:
    r"""Return a table of texts as Markdown; columns of numbers are flush right.

    Example:
        >>> print(markdown_text(pd.DataFrame({"class": ["a|b"], "images": ["1,000"]})), end="")
        | class | images |
        |---|---:|
        | a\|b | 1,000 |
    """
    marks = ["---:" if numeric else "---" for numeric in _numeric(frame)]
    lines = [_markdown_row(frame.columns), f"|{'|'.join(marks)}|"]
    lines += [_markdown_row(row) for row in frame.itertuples(index=False, name=None)]
    return "\n".join(lines) + "\n"


def latex_text(frame: pd.DataFrame) -> str:
    r"""Return a table of texts as a LaTeX ``tabular``; it needs the package booktabs."""
    columns = "".join("r" if numeric else "l" for numeric in _numeric(frame))
    body = [_latex_row(row) for row in frame.itertuples(index=False, name=None)]
    lines = [
        r"% \usepackage{booktabs}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _latex_row(frame.columns),
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def html_text(frame: pd.DataFrame) -> str:
    """Return a table of texts as a page of HTML; every cell is escaped."""
    head = _html_row(frame, frame.columns, "th")
    rows = frame.itertuples(index=False, name=None)
    return str(_PAGE.format(head, Markup("\n").join(_html_row(frame, row, "td") for row in rows)))


FORMATS: Mapping[str, Callable[[pd.DataFrame], str]] = MappingProxyType(
    {
        "csv": csv_text,
        "markdown": lambda datasets: markdown_text(paper_table(datasets)),
        "latex": lambda datasets: latex_text(paper_table(datasets)),
        "html": lambda datasets: html_text(paper_table(datasets)),
    }
)
"""Writes the table of datasets; CSV holds every column, the others those of the paper."""


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _size(row: Mapping[Any, Any], end: str) -> str:
    return f"{row[f'width_{end}']} {_TIMES} {row[f'height_{end}']}"


def _numeric(frame: pd.DataFrame) -> list[bool]:
    return [all(map(_NUMBER.fullmatch, frame[name])) for name in frame.columns]


def _markdown_row(cells: Iterable[Any]) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def _latex_row(cells: Iterable[Any]) -> str:
    texts = ["".join(_LATEX.get(character, character) for character in str(c)) for c in cells]
    return rf"{' & '.join(texts)} \\"


def _html_row(frame: pd.DataFrame, cells: Iterable[Any], tag: str) -> Markup:
    css = [Markup(' class="n"') if numeric else Markup("") for numeric in _numeric(frame)]
    row = Markup("").join(
        Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), style, cell)
        for style, cell in zip(css, cells, strict=True)
    )
    return Markup("<tr>{}</tr>").format(row)
