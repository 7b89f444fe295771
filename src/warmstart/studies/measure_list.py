"""The table of measures as text: for a terminal, and for the documentation."""

from collections.abc import Iterator, Mapping

import pandas as pd

from warmstart.core.columns import columns
from warmstart.core.names import lookup
from warmstart.core.text import printable
from warmstart.measures.invariance import CHANGES, invariances, with_many_features
from warmstart.measures.measure import Measure
from warmstart.measures.table import measures
from warmstart.reports.cell_texts import MISSING
from warmstart.reports.table_formats import markdown_text

BEGIN, END = "<!-- measures -->", "<!-- /measures -->"
"""What encloses the pages of measures in docs/measures.md."""
_TRIED = """Tried on made-up data, all datasets of a measure changed alike; what differs by less
than a millionth is the same. With more features than images (d > n) there is a value, or an error,
or a value that any labels would have and that says nothing. To Task2Vec a feature is a filter."""
_DIRECTIONS = {True: "higher is better", False: "lower is more alike", None: "neither is better"}
_SAME = {True: "same", False: "changes", None: MISSING}


def measure_lines(table: Mapping[str, Measure]) -> Iterator[str]:
    """Every measure in one line: name, what it is, direction, what it needs."""
    rows = [
        (
            name,
            measure.kind,
            _direction(measure),
            ", ".join(measure.needs),
            printable(measure.title),
        )
        for name, measure in table.items()
    ]
    yield from columns(rows)


def measure_details(name: str) -> Iterator[str]:
    """Everything the table says about one measure.

    Raises:
        UnknownNameError: If there is no such measure.
        ConfigError: If it is of another package and cannot be loaded.
    """
    measure = lookup("measure", name, measures())
    yield f"{name}: {printable(measure.title)}"
    rows = [(fact, printable(text)) for fact, text in _facts(measure).items()]
    yield from (f"  {line}" for line in columns(rows))


def measure_markdown(table: Mapping[str, Measure]) -> str:
    """What docs/measures.md shows between its two markers: one section per measure, and tables."""
    parts = [
        _overview(table),
        f"\n## What changes nothing\n\n{_TRIED}\n\n{_invariance_text(table)}",
    ]
    for name, measure in table.items():
        facts = [f"- **{fact}**: {_marked(fact, text)}\n" for fact, text in _facts(measure).items()]
        parts.append(f"\n## `{name}`\n\n{measure.title}.\n\n{''.join(facts)}")
    return "".join(parts)


def _facts(measure: Measure) -> dict[str, str]:
    return {
        "kind": measure.kind,
        "direction": _direction(measure),
        "needs": ", ".join(measure.needs) + ("; groups" if measure.grouped else ""),
        "formula": measure.formula,
        "range": measure.range,
        "misleads": measure.misleads,
        "cost": measure.cost,
        "reference": measure.reference,
        "function": measure.function,
    }


def _marked(fact: str, text: str) -> str:
    """Formulas hold characters that mean something in Markdown."""
    return f"`{text}`" if fact in ("formula", "needs", "function") else text


def _direction(measure: Measure) -> str:
    if measure.kind == "representation" and measure.higher_is_better:
        return "higher is more alike"
    return _DIRECTIONS[measure.higher_is_better]


def _overview(table: Mapping[str, Measure]) -> str:
    rows = [
        {
            "measure": f"[`{name}`](#{name})",
            "what": measure.title,
            "kind": measure.kind,
            "direction": _direction(measure),
            "needs": ", ".join(measure.needs),
        }
        for name, measure in table.items()
    ]
    return markdown_text(pd.DataFrame(rows))


def _invariance_text(table: Mapping[str, Measure]) -> str:
    rows = []
    for name, measure in table.items():
        if found := invariances(measure):
            cells = {change: _SAME[same] for change, same in found.items()}
            cells["d > n"] = with_many_features(measure) or MISSING
            rows.append({"measure": f"`{name}`", **cells})
    return markdown_text(pd.DataFrame(rows, columns=["measure", *CHANGES, "d > n"]))
