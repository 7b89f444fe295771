"""What every page shares: one self-contained HTML file that loads nothing from outside."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from warmstart.reports.figure import Figure
from warmstart.reports.html_table import html_table
from warmstart.reports.look import Look, specification, svg
from warmstart.reports.tables import csv_text

MOST_ROWS = 200
"""Rows of a figure's table that the page shows; the download holds all of them."""

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


def drawn(figure: Figure[Any], title: str, caption: str, table: pd.DataFrame, style: Look) -> Drawn:
    """Draw a figure for the page.

    Args:
        figure: What is drawn.
        title: What a reader sees above it.
        caption: What a reader sees below it.
        table: The figure's table.
        style: How it looks.
    """
    spec = specification(figure.draw(table, style))
    return Drawn(
        name=figure.name,
        title=title,
        caption=caption,
        picture=data_address("image/svg+xml", svg(spec).encode()),
        spec=Markup(json_for_html(spec)),
        table=html_table(table.head(MOST_ROWS)),
        rows=len(table),
        shown=min(len(table), MOST_ROWS),
        csv=csv_address(table),
    )


def fill(template: str, **values: object) -> str:
    """Return a page.

    The drawings are still pictures that the browser replaces by live ones; without scripts, and
    on paper, the page says the same. Whatever comes from outside is escaped, and a content
    security policy lets only the page's own two scripts run and nothing be loaded.

    Args:
        template: File name of a template that extends ``page.html``.
        values: What it shows.
    """
    environment = Environment(
        loader=PackageLoader("warmstart.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    bundle = _bundle()
    return environment.get_template(template).render(
        css=Markup(_resource("report.css")),
        scripts=[Markup(bundle), Markup(_START)],
        hashes=" ".join(_hash(text) for text in (bundle, _START)),
        **values,
    )


def json_for_html(value: object) -> str:
    r"""Return JSON that no HTML parser can take for markup.

    Example:
        >>> json_for_html("</script>")
        '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def data_address(kind: str, content: bytes) -> str:
    """Return an address that holds the content itself."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def csv_address(table: pd.DataFrame) -> str:
    """Return an address that holds a table as CSV."""
    return data_address("text/csv;charset=utf-8", csv_text(table).encode())


def png_addresses(pictures: Sequence[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Return pictures as addresses that hold them, each with its text."""
    return [(text, data_address("image/png", picture)) for text, picture in pictures]


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
