"""Any table as HTML, with every cell escaped."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from warmstart.reports.cell_texts import cell_text

HEADINGS: Mapping[str, str] = {
    "n_train": "training images",
    "n_validation": "validation images",
    "n_test": "test images",
    "seconds": "time",
    "test_auc": "test AUC",
    "p_holm": "p (Holm)",
    "difference": "difference to the highest",
    "told_apart": "told apart from the highest",
    "says": "claim",
    "cite": "made in",
}


def html_table(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> Markup:
    """Return a table as HTML: columns without any value are left out, every cell is escaped.

    Args:
        frame: Any table.
        columns: Which columns, in which order; all by default.
    """
    names = [str(name) for name in (frame.columns if columns is None else columns)]
    names = [name for name in names if not frame[name].replace("", pd.NA).isna().all()]
    numeric = {name: _is_numeric(frame[name]) for name in names}
    css = {name: Markup(' class="n"') if numeric[name] else Markup("") for name in names}
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(css[name], HEADINGS.get(name, words(name)))
        for name in names
    )
    body = Markup("\n").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup("<td{}>{}</td>").format(css[name], cell_text(name, value))
                for name, value in zip(names, values, strict=True)
            )
        )
        for values in frame[names].itertuples(index=False, name=None)
    )
    return Markup(
        '<div class="scroll"><table><thead><tr>{}</tr></thead>\n<tbody>{}</tbody></table></div>'
    ).format(head, body)


def words(name: str) -> str:
    """Return the name of a column as words."""
    return name.replace("_", " ")


def _is_numeric(column: "pd.Series[Any]") -> bool:
    values = [value for value in column if pd.api.types.is_scalar(value) and not pd.isna(value)]
    return all(
        pd.api.types.is_number(value) and not pd.api.types.is_bool(value) for value in values
    )
