"""The report: one self-contained HTML page that loads nothing from outside."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from warmstart.core.text import shortened
from warmstart.reports import tables
from warmstart.reports.contents import ReportContents
from warmstart.reports.endings import endings, trouble
from warmstart.reports.figures import Figure, figures_of
from warmstart.reports.look import Look, look, pairs, specification, svg

MOST_ROWS = 200
"""Rows of a figure's table that the page shows; the download holds all of them."""

_CLAIM = ("says", "verdict", "why", "cite")

_START = """
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details.paper")) part.open = true;
});
for (const spec of document.querySelectorAll("script.drawing")) {
  const place = document.getElementById(spec.dataset.place);
  const live = document.createElement("div");
  live.style.display = "none";
  place.append(live);
  const options = { mode: "vega-lite", renderer: "svg", actions: false };
  window.vegaEmbed(live, JSON.parse(spec.textContent), options).then(() => {
    place.querySelector("img").remove();
    live.style.display = "";
  });
}
"""


@dataclass(frozen=True)
class Drawn:
    """One figure, ready for the page."""

    name: str
    title: str
    caption: str
    picture: str
    spec: Markup
    table: Markup
    rows: int
    shown: int
    csv: str

    @property
    def on_paper(self) -> bool:
        """Whether the table is short enough to be printed below its figure."""
        return self.rows <= 40


def render(contents: ReportContents) -> str:
    """Return the report as one HTML page.

    The drawings are still pictures that the browser replaces by live ones; without scripts, and
    on paper, the page says the same. Whatever comes from a study is escaped, and a content
    security policy lets only the page's own two scripts run and nothing be loaded.
    """
    environment = Environment(
        loader=PackageLoader("warmstart.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = look(contents)
    bundle = _bundle()
    return environment.get_template("report.html").render(
        contents=contents,
        css=Markup(_resource("report.css")),
        scripts=[Markup(bundle), Markup(_START)],
        hashes=" ".join(_hash(text) for text in (bundle, _START)),
        figures=_figures(contents, style),
        answer=_answer(contents),
        warnings=[shortened(warning) for warning in contents.warnings],
        progress=progress(contents),
        score=contents.score,
        datasets=tables.html_table(tables.dataset_table(contents.datasets)),
        samples=_samples(contents),
        leaks=_leaks(contents),
        claims=None if contents.claims.empty else tables.html_table(contents.claims, _CLAIM),
        sources=tables.html_table(contents.sources),
        recipes=_recipes(contents),
        pretrain=None
        if contents.pretrain.empty
        else tables.html_table(tables.pretrain_table(contents.pretrain)),
        tuning=_tuning(contents),
        steps=None if contents.steps.empty else tables.html_table(contents.steps),
        endings=endings(contents.runs),
        trouble=trouble(contents.runs),
        results=_results(contents),
    )


def _figures(contents: ReportContents, style: Look) -> dict[str, list[Any]]:
    """The drawn figures of each section of the page."""
    found: dict[str, list[Any]] = {"answer": [], "asked": [], "runs": []}
    for figure, table in figures_of(contents):
        found[figure.section].append(_drawn(figure, table, contents, style))
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


def _drawn(figure: Figure, table: pd.DataFrame, contents: ReportContents, style: Look) -> Drawn:
    spec = specification(figure.draw(table, style))
    return Drawn(
        name=figure.name,
        title=figure.title,
        caption=figure.described(contents),
        picture=_data("image/svg+xml", svg(spec).encode()),
        spec=Markup(json_for_html(spec)),
        table=tables.html_table(table.head(MOST_ROWS)),
        rows=len(table),
        shown=min(len(table), MOST_ROWS),
        csv=_data("text/csv;charset=utf-8", tables.csv_text(table).encode()),
    )


def json_for_html(value: object) -> str:
    r"""Return JSON that no HTML parser can take for markup.

    Example:
        >>> json_for_html("</script>")
        '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@lru_cache(maxsize=1)
def _bundle() -> str:
    import vl_convert

    text: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _resource(name: str) -> str:
    return resources.files("warmstart.reports").joinpath("templates", name).read_text("utf-8")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _answer(contents: ReportContents) -> dict[str, Any]:
    found = tables.answer(contents)
    return {
        "panels": [(title, tables.matrix_html(rows)) for title, rows in pairs(found, "panel")],
        "notes": tables.notes(found),
    }


def _samples(contents: ReportContents) -> Mapping[str, list[tuple[str, str]]]:
    if contents.share:
        return {}
    return {
        dataset: [(name, _data("image/png", strip)) for name, strip in strips]
        for dataset, strips in contents.samples.items()
    }


def _leaks(contents: ReportContents) -> dict[str, Any] | None:
    if contents.leaks.empty and contents.worth.empty:
        return None
    pictures = () if contents.share else contents.leak_pictures
    return {
        "pairs": len(contents.leaks),
        "drawn": [(text, _data("image/png", pair)) for text, pair in pictures],
        "table": tables.html_table(contents.leaks.head(MOST_ROWS)),
        "csv": _data("text/csv;charset=utf-8", tables.csv_text(contents.leaks).encode()),
        "shown": min(len(contents.leaks), MOST_ROWS),
        "worth": None if contents.worth.empty else tables.html_table(contents.worth),
    }


def _recipes(contents: ReportContents) -> list[dict[str, Any]]:
    phases = (("pretrain", "Pretraining"), ("finetune", "Fine-tuning"))
    found = []
    for phase, title in phases:
        shared, rows = tables.recipe_tables(contents.recipes, phase)
        if len(rows):
            same = shared.to_dict("records")
            found.append({"title": title, "shared": same, "rows": tables.html_table(rows)})
    return found


def _tuning(contents: ReportContents) -> dict[str, Any] | None:
    frame = contents.tuning
    if frame.empty:
        return None
    edges = []
    for (source, target, field), rows in frame.groupby(["source", "target", "field"], sort=False):
        count = int(rows["edge"].map(tables.is_true).sum())
        if count:
            where = f"{source} on {target}: the chosen {str(field).replace('_', ' ')} lies"
            edges.append(f"{where} at the edge of the grid in {count} of {len(rows)} runs")
    return {"table": tables.html_table(frame), "edges": edges}


def _results(contents: ReportContents) -> Markup | None:
    if contents.summary.empty:
        return None
    return tables.html_table(tables.statistics_table(contents))
