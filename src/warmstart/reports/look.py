"""How every figure looks: one colour and one dash per source, one font, one way to SVG."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from warmstart.reports.contents import RANDOM, ReportContents

if TYPE_CHECKING:
    import altair as alt

GREY = "#6b7280"
INK = "#1f2937"
PAGE_WIDTH = 1040
"""Pixels between the margins of the page; drawings share them out among their panels."""

_PALETTE = (
    *("#0072b2", "#d55e00", "#009e73", "#aa4499", "#e69f00", "#56b4e9"),  # Okabe and Ito
    *("#332288", "#882255", "#117733", "#999933", "#cc6677", "#ddcc77", "#44aa99"),  # Tol, muted
    *("#000000", "#8c564b", "#6699cc"),
)
_DASHES: tuple[list[int], ...] = ([1, 0], [7, 2], [2, 2], [8, 2, 2, 2], [4, 2], [10, 3, 2, 3])


@dataclass(frozen=True)
class Look:
    """What a drawing needs to know beside its table.

    Attributes:
        colours: Colour of each source, the same in every figure; random is grey.
        score: What the metric is called on an axis, such as ``AUC``.
    """

    colours: Mapping[str, str]
    score: str

    def colour(self, legend: "alt.Legend | None" = None) -> "alt.Color":
        """Encode the source as its colour."""
        import altair as alt

        return alt.Color("source:N", scale=self._scale(list(self.colours.values())), legend=legend)

    def stroke(self) -> "alt.Stroke":
        """Encode the source as the colour of an outline."""
        import altair as alt

        scale = self._scale(list(self.colours.values()))
        return alt.Stroke("source:N", scale=scale, legend=None)

    def dash(self, legend: "alt.Legend | None" = None) -> "alt.StrokeDash":
        """Encode the source as its dash, so that a grey print can be read."""
        import altair as alt

        named = [source for source in self.colours if source != RANDOM]
        dashes = {source: _DASHES[i % len(_DASHES)] for i, source in enumerate(named)}
        scale = self._scale([dashes.get(source, [12, 2, 1, 2]) for source in self.colours])
        return alt.StrokeDash("source:N", scale=scale, legend=legend)

    def _scale(self, values: Sequence[Any]) -> "alt.Scale":
        import altair as alt

        return alt.Scale(domain=list(self.colours), range=list(values))


def look(contents: ReportContents) -> Look:
    """Return the look of a study: colours go to its sources in the order of the study file."""
    frames = (contents.sources, contents.summary, contents.runs, contents.roc, contents.histories)
    names = (name for frame in frames for name in frame["source"] if pd.notna(name))
    return look_of(names, contents.score)


def look_of(sources: Iterable[object], score: str) -> Look:
    """Return the look of these sources, coloured in their order, and of random."""
    named = [name for name in dict.fromkeys(map(str, sources)) if name != RANDOM]
    colours = {name: _PALETTE[i % len(_PALETTE)] for i, name in enumerate(named)}
    return Look({**colours, RANDOM: GREY}, score)


def nothing(text: str) -> "alt.TopLevelMixin":
    """Return a drawing that says why there is nothing to draw."""
    import altair as alt

    words = alt.Chart(pd.DataFrame({"text": [text]}), width=400, height=40)
    chart: alt.TopLevelMixin = words.mark_text(color=GREY, fontSize=13).encode(text="text:N")
    return chart


def pairs(table: pd.DataFrame, *columns: str) -> list[tuple[str, pd.DataFrame]]:
    """Split a table into its panels, in order, each with a title made of these columns."""
    names = [title_of(parts) for parts in table[list(columns)].itertuples(index=False)]
    groups = table.groupby(pd.Series(names, index=table.index, dtype=object), sort=False)
    return [(str(name), rows) for name, rows in groups]


def title_of(parts: Iterable[Any]) -> str:
    """Join what is not missing or empty."""
    return " — ".join(str(part) for part in parts if not pd.isna(part) and part != "")


def heading(title: str, width: int) -> "alt.TitleParams":
    """Return a panel's title, one line per part, shortened where it does not fit."""
    import altair as alt

    return alt.TitleParams(title.split(" — "), limit=width)


def columns_for(table: pd.DataFrame, axes: Sequence[str], most: int) -> int:
    """Return how many panels stand in a row: one per value of the axes, at most `most`."""
    return min(len(table[list(axes)].drop_duplicates()), most)


def side_by_side(charts: Sequence[Any], columns: int) -> "alt.TopLevelMixin":
    """Lay panels out in rows of `columns`; each keeps its own axes, all share the colours."""
    import altair as alt

    joined = alt.concat(*charts, columns=columns, spacing=24)
    chart: alt.TopLevelMixin = joined.resolve_scale(x="independent", y="independent")
    return chart


def room_for(names: Iterable[object]) -> int:
    """Return the pixels that these names need as labels of an axis, at most 170."""
    return min(170, 20 + math.ceil(6.6 * max((len(str(name)) for name in names), default=0)))


def specification(chart: "alt.TopLevelMixin") -> dict[str, Any]:
    """Return a drawing as Vega-Lite, with the fonts of the page and no outside address."""
    import altair as alt

    with alt.data_transformers.enable("default", max_rows=None):
        spec: dict[str, Any] = chart.to_dict()
    spec.pop("$schema")
    return {**spec, "background": None, "config": _CONFIG}


def svg(spec: Mapping[str, Any]) -> str:
    """Draw a Vega-Lite specification as SVG; loads nothing from outside."""
    return _svg(json.dumps(spec, sort_keys=True))


@lru_cache(maxsize=64)
def _svg(spec: str) -> str:
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return text


FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"
_CONFIG = {
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelLimit": 150,
        "gridColor": "#e5e7eb",
        "domain": False,
        "tickColor": "#9ca3af",
    },
    "title": {"fontSize": 13, "fontWeight": 600, "color": INK, "anchor": "start", "offset": 10},
    "legend": {"labelFontSize": 12, "labelColor": INK, "labelLimit": 220, "title": None},
}
