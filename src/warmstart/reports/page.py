"""The report: one self-contained HTML page that loads nothing from outside."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from warmstart.core.text import shortened
from warmstart.reports import tables
from warmstart.reports.cell_texts import is_true
from warmstart.reports.contents import ReportContents
from warmstart.reports.endings import endings, trouble
from warmstart.reports.figures import figures_of
from warmstart.reports.html import MOST_ROWS, csv_address, drawn, fill, png_addresses
from warmstart.reports.html_table import html_table
from warmstart.reports.look import Look, look, pairs
from warmstart.reports.matrix import answer, matrix_html, notes

_CLAIM = ("says", "verdict", "why", "cite")


def render(contents: ReportContents) -> str:
    """Return the report as one HTML page."""
    return fill(
        "report.html",
        kind="Warmstart report",
        title=contents.title,
        created=contents.created,
        contents=contents,
        figures=_figures(contents, look(contents)),
        answer=_answer(contents),
        warnings=[shortened(warning) for warning in contents.warnings],
        progress=progress(contents),
        score=contents.score,
        datasets=html_table(tables.dataset_table(contents.datasets)),
        samples=_samples(contents),
        leaks=_leaks(contents),
        claims=None if contents.claims.empty else html_table(contents.claims, _CLAIM),
        sources=html_table(contents.sources),
        recipes=_recipes(contents),
        pretrain=None
        if contents.pretrain.empty
        else html_table(tables.pretrain_table(contents.pretrain)),
        tuning=_tuning(contents),
        steps=None if contents.steps.empty else html_table(contents.steps),
        endings=endings(contents.runs),
        trouble=trouble(contents.runs),
        results=_results(contents),
    )


def _figures(contents: ReportContents, style: Look) -> dict[str, list[Any]]:
    """The drawn figures of each section of the page."""
    found: dict[str, list[Any]] = {"answer": [], "measures": [], "asked": [], "runs": []}
    for figure, table in figures_of(contents):
        described = figure.described(contents)
        found[figure.section].append(drawn(figure, figure.title, described, table, style))
    return found


def progress(contents: ReportContents) -> str:
    """Return one sentence on how far the study is.

    Example: ``27 of 30 runs are done, 1 failed, 2 are still to do.``
    """
    states = contents.runs["state"]
    done, failed = int((states == "done").sum()), int((states == "failed").sum())
    parts = [f"{done} of {len(states)} runs are done"]
    parts += [f"{failed} failed"] if failed else []
    rest = len(states) - done - failed
    parts += [f"{rest} {'is' if rest == 1 else 'are'} still to do"] if rest else []
    return ", ".join(parts) + "."


def _answer(contents: ReportContents) -> dict[str, Any]:
    found = answer(contents)
    return {
        "panels": [(title, matrix_html(rows)) for title, rows in pairs(found, "panel")],
        "notes": notes(found),
    }


def _samples(contents: ReportContents) -> Mapping[str, list[tuple[str, str]]]:
    if contents.share:
        return {}
    return {dataset: png_addresses(strips) for dataset, strips in contents.samples.items()}


def _leaks(contents: ReportContents) -> dict[str, Any] | None:
    if contents.leaks.empty and contents.worth.empty:
        return None
    pictures = () if contents.share else contents.leak_pictures
    return {
        "pairs": len(contents.leaks),
        "drawn": png_addresses(pictures),
        "table": html_table(contents.leaks.head(MOST_ROWS)),
        "csv": csv_address(contents.leaks),
        "shown": min(len(contents.leaks), MOST_ROWS),
        "worth": None if contents.worth.empty else html_table(contents.worth),
    }


def _recipes(contents: ReportContents) -> list[dict[str, Any]]:
    phases = (("pretrain", "Pretraining"), ("finetune", "Fine-tuning"))
    found = []
    for phase, title in phases:
        shared, rows = tables.recipe_tables(contents.recipes, phase)
        if len(rows):
            same = shared.to_dict("records")
            found.append({"title": title, "shared": same, "rows": html_table(rows)})
    return found


def _tuning(contents: ReportContents) -> dict[str, Any] | None:
    frame = contents.tuning
    if frame.empty:
        return None
    edges = []
    for (source, target, field), rows in frame.groupby(["source", "target", "field"], sort=False):
        count = int(rows["edge"].map(is_true).sum())
        if count:
            where = f"{source} on {target}: the chosen {str(field).replace('_', ' ')} lies"
            edges.append(f"{where} at the edge of the grid in {count} of {len(rows)} runs")
    return {"table": html_table(frame), "edges": edges}


def _results(contents: ReportContents) -> Markup | None:
    if contents.summary.empty:
        return None
    return html_table(tables.statistics_table(contents))
