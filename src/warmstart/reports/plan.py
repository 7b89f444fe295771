"""The plan as a drawing: sources on the left, targets on the right, runs between them."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from warmstart.reports.contents import RANDOM, ReportContents
from warmstart.reports.look import INK, Look, nothing

if TYPE_CHECKING:
    import altair as alt

COLUMNS: Mapping[str, str] = {
    "source": "what the network knows at the start",
    "origin": "where its weights come from",
    "target": "what it is fine-tuned on",
    "about": "the target's images and classes",
    "planned": "fine-tunings planned",
    "done": "fine-tunings done",
    "failed": "fine-tunings that failed",
    "count": "done / planned, as printed",
}

_BOX, _LEFT, _RIGHT, _STEP = 240, 242, 770, 60


def table(contents: ReportContents) -> pd.DataFrame:
    """Return one row per source and target, in the order of the study."""
    runs = contents.runs[contents.runs["kind"] == "finetune"]
    starts = contents.sources.drop_duplicates("source").set_index("source")["start"].to_dict()
    about = {row["dataset"]: _about(row) for row in contents.datasets.to_dict("records")}
    place = {name: i for i, name in enumerate([*(s for s in starts if s != RANDOM), RANDOM])}
    rows = [
        {
            "source": source,
            "origin": _origin(str(source), str(starts.get(source, ""))),
            "target": target,
            "about": about.get(contents.targets.get(str(target), str(target)), ""),
            "planned": len(cell),
            "done": int((cell["state"] == "done").sum()),
            "failed": int((cell["state"] == "failed").sum()),
        }
        for (source, target), cell in runs.groupby(["source", "target"], sort=False)
    ]
    rows.sort(key=lambda row: place.get(row["source"], len(place)))
    for row in rows:
        failed = f", {row['failed']} failed" if row["failed"] else ""
        row["count"] = f"{row['done']}/{row['planned']}{failed}"
    return pd.DataFrame(rows, columns=list(COLUMNS))


_PLAIN_START = re.compile(r"(?:^|(?<=:))(?:timm|hf|file|dataset)(?::.*)?$")
"""What a start names, behind what is done to it."""


def _origin(source: str, start: str) -> str:
    if source == RANDOM or start == RANDOM:
        return "random initialisation, the baseline"
    plain = _PLAIN_START.search(start)
    if plain is None:
        return ""
    done = f"{start[: plain.start()].rstrip(':')} of " if plain.start() else ""
    kind, _, argument = plain[0].partition(":")
    if kind == "dataset":
        return f"{done}weights of {argument}" if done else f"pretrained here on {argument}"
    if kind == "file":
        return f"{done}weights from a file"
    return f"{done}published weights ({plain[0]})"


def _about(row: Mapping[Any, Any]) -> str:
    return f"{row['images']:,} images, {row['classes']} classes"


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw boxes and lines; the only computing is where they stand."""
    import altair as alt

    if table.empty:
        return nothing("No fine-tuning is planned.")
    left = table.drop_duplicates("source")[["source", "origin"]].reset_index(drop=True)
    right = table.drop_duplicates("target")[["target", "about"]].reset_index(drop=True)
    height = _STEP * max(len(left), len(right))
    left["y"], right["y"] = _spread(len(left), height), _spread(len(right), height)
    lines = table.merge(left[["source", "y"]], on="source")
    lines = lines.merge(right[["target", "y"]], on="target", suffixes=("", "2"))
    spots = dict(zip(right["target"], np.linspace(0.3, 0.62, len(right)), strict=True))
    share = lines["target"].map(spots).astype(float)
    lines = lines.assign(
        x=_LEFT,
        x2=_RIGHT,
        spot_x=_LEFT + share * (_RIGHT - _LEFT),
        spot_y=lines["y"] + share * (lines["y2"] - lines["y"]),
        whole=lines["done"] == lines["planned"],
    )
    boxes = [
        *_boxes(left.assign(x=_LEFT - _BOX, x2=_LEFT), "source", "origin", look.stroke()),
        *_boxes(right.assign(x=_RIGHT, x2=_RIGHT + _BOX), "target", "about", alt.value(INK)),
    ]
    return alt.layer(*_lines(lines, look), *boxes, width=_RIGHT + _BOX, height=height)


def _spread(count: int, height: int) -> np.ndarray:
    return (np.arange(count) + 0.5) * height / count


def _pixels(x: str = "x", y: str = "y") -> dict[str, Any]:
    import altair as alt

    return {
        "x": alt.X(f"{x}:Q", scale=None, axis=None),
        "y": alt.Y(f"{y}:Q", scale=None, axis=None),
    }


def _lines(lines: pd.DataFrame, look: Look) -> "list[alt.Chart]":
    import altair as alt

    base = alt.Chart(lines).encode(tooltip=["source:N", "target:N", "count:N"])
    rules = base.encode(x2="x2:Q", y2="y2:Q", color=look.colour(), **_pixels())
    words = base.encode(text="count:N", **_pixels("spot_x", "spot_y"))
    return [
        rules.transform_filter("datum.whole").mark_rule(strokeWidth=2),
        rules.transform_filter("!datum.whole").mark_rule(strokeWidth=2, strokeDash=[6, 4]),
        words.mark_text(fontSize=12, stroke="white", strokeWidth=6, strokeJoin="round"),
        words.mark_text(fontSize=12, color=INK),
    ]


def _boxes(nodes: pd.DataFrame, name: str, below: str, stroke: Any) -> "list[alt.Chart]":
    import altair as alt

    nodes = nodes.assign(top=nodes["y"] - 23, bottom=nodes["y"] + 23, text_x=nodes["x"] + 12)
    base = alt.Chart(nodes)
    box = base.mark_rect(fill="white", strokeWidth=2, cornerRadius=5)
    words: dict[str, Any] = {"align": "left", "limit": _BOX - 20, "color": INK}
    at = _pixels("text_x")
    return [
        box.encode(x2="x2:Q", y2="bottom:Q", stroke=stroke, **_pixels("x", "top")),
        base.mark_text(dy=-7, fontSize=13, fontWeight="bold", **words).encode(
            text=f"{name}:N", **at
        ),
        base.mark_text(dy=10, fontSize=11, **words).encode(text=f"{below}:N", **at),
    ]
