"""What a study found, source by target: in the terminal, and as the first table of its page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from warmstart.core.text import shortened
from warmstart.reports.cell_texts import (
    MISSING,
    interval_text,
    is_true,
    score_text,
    transferability_text,
)
from warmstart.reports.contents import ReportContents, first_seen, with_panel


def answer(contents: ReportContents) -> pd.DataFrame:
    """Return what the study found, one row per source and target, the highest mean first.

    Columns: panel, target, source, score, interval, transferability, verdict (``highest``,
    ``lower``, ``not told apart`` from the highest, or empty), mean, best, note (why the brackets,
    or empty).
    """
    frame = with_panel(contents, contents.summary)
    order, panels = first_seen(frame["target"]), first_seen(frame["panel"])
    frame = frame.assign(place=frame["panel"].map(panels), order=frame["target"].map(order))
    frame = frame.sort_values(
        ["place", "order", "mean"], ascending=[True, True, False], kind="stable"
    )
    rows = [
        {
            "panel": row["panel"],
            "target": row["target"],
            "source": row["source"],
            "score": score_text(row["mean"]),
            "interval": interval_text(row["low"], row["high"]),
            "transferability": transferability_text(row),
            "verdict": _verdict(row),
            "mean": row["mean"],
            "best": is_true(row["best"]),
            "note": row["reason"] if is_true(row["bracketed"]) else "",
        }
        for row in frame.to_dict("records")
    ]
    names = ["panel", "target", "source", "score", "interval", "transferability", "verdict"]
    return pd.DataFrame(rows, columns=[*names, "mean", "best", "note"])


def _verdict(row: Mapping[Any, Any]) -> str:
    if is_true(row["best"]):
        return "highest"
    if pd.isna(row["told_apart"]) or pd.isna(row["mean"]):
        return ""
    return "lower" if row["told_apart"] else "not told apart"


def source_rank(frame: pd.DataFrame) -> dict[str, int]:
    """Return the place of each source, the highest ``mean`` over targets first."""
    average = frame.groupby("source", sort=False)["mean"].mean()
    ordered = average.sort_values(ascending=False, kind="stable").index
    return {str(source): place for place, source in enumerate(ordered)}


def matrix_html(found: pd.DataFrame) -> Markup:
    """Return one panel of `answer` as a source x target table; bold is the best of a target."""
    targets = list(dict.fromkeys(found["target"]))
    sources = source_rank(found)
    cells = {(row["source"], row["target"]): row for row in found.to_dict("records")}
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in targets)
    body = Markup("\n").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            source, Markup("").join(_cell(cells.get((source, target))) for target in targets)
        )
        for source in sources
    )
    return Markup(
        '<div class="scroll"><table class="answer"><thead><tr><th scope="col">source</th>{}</tr>'
        "</thead>\n<tbody>{}</tbody></table></div>"
    ).format(head, body)


def _cell(row: Mapping[Any, Any] | None) -> Markup:
    if row is None:
        return Markup("<td>{}</td>").format(MISSING)
    css = Markup(' class="best"') if row["best"] else Markup("")
    verdict = f" · {row['verdict']}" if row["verdict"] else ""
    return Markup(
        '<td{}><span class="score">{}</span> <span class="interval">{}</span>'
        '<span class="gain">{}{}</span></td>'
    ).format(css, row["score"], row["interval"], row["transferability"], verdict)


def notes(found: pd.DataFrame) -> list[str]:
    """Return one line per reason for brackets, naming where it holds."""
    where: dict[str, dict[str, None]] = {}
    for row in found[found["note"] != ""].to_dict("records"):
        place = f"{row['target']} ({row['panel']})" if row["panel"] else str(row["target"])
        where.setdefault(row["note"], {})[place] = None
    return [f"({', '.join(places)}): {shortened(note)}" for note, places in where.items()]
