"""Tables for readers: formatted text, then HTML with every cell escaped."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from warmstart.core.durations import duration
from warmstart.core.text import shortened
from warmstart.reports.contents import RANDOM, ReportContents, first_seen, with_panel

MISSING = "–"  # noqa: RUF001  (an en dash is what a table shows for "none")
MINUS = "\N{MINUS SIGN}"
_THREE_DECIMALS = ("mean", "low", "high", "value", "accuracy", "auc", "rate", "loss", "difference")
_PLAIN = ("learning_rate", "edge")
_NO_UNIT = "the baseline has not converged"

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


def score_text(value: float) -> str:
    """Return a score with three decimals.

    Example:
        >>> score_text(0.84249)
        '0.842'
    """
    return MISSING if pd.isna(value) else f"{value:.3f}".replace("-", MINUS)


def interval_text(low: float, high: float) -> str:
    """Return an interval in brackets, or nothing if there is none.

    Example:
        >>> interval_text(0.811, 0.8699)
        '[0.811, 0.870]'
    """
    return _with_interval("", low, high, 3).strip()


def percent_text(value: float) -> str:
    """Return signed percent with one decimal.

    Example:
        >>> percent_text(5.26), percent_text(-0.01)
        ('+5.3 %', '0.0 %')
    """
    if pd.isna(value):
        return MISSING
    rounded = round(value, 1)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):.1f} %"


def transferability_text(row: Mapping[Any, Any]) -> str:
    """Return a row's transferability, in round brackets where its baseline cannot be trusted."""
    value = row["transferability"]
    if row["source"] == RANDOM and not pd.isna(value) and value == 0:
        text = "baseline"
    else:
        text = percent_text(value)
    return f"({text})" if is_true(row["bracketed"]) and text != MISSING else text


def is_true(value: object) -> bool:
    """Whether a cell holds true; a missing value is not."""
    return not pd.isna(value) and bool(value)  # type: ignore[call-overload]


def cell_text(name: str, value: Any) -> str:
    """Return any cell of any table as text; the column's name says what kind of number it is."""
    if not pd.api.types.is_scalar(value):
        return ", ".join(str(part) for part in value)
    if pd.isna(value):
        return MISSING
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if pd.api.types.is_integer(value):
        return str(value) if name in ("seed", "fold") else f"{value:,}"
    if pd.api.types.is_float(value):
        return _float_text(name, float(value))
    return str(value)


def _float_text(name: str, value: float) -> str:
    if name == "seconds":
        return duration(value)
    if name.startswith("transferability"):
        return percent_text(value)
    if name not in _PLAIN and name.endswith(_THREE_DECIMALS):
        return score_text(value)
    return f"{value:.4g}"


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
        Markup('<th scope="col"{}>{}</th>').format(css[name], HEADINGS.get(name, _words(name)))
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


def _words(name: str) -> str:
    return name.replace("_", " ")


def _is_numeric(column: "pd.Series[Any]") -> bool:
    values = [value for value in column if pd.api.types.is_scalar(value) and not pd.isna(value)]
    return all(
        pd.api.types.is_number(value) and not pd.api.types.is_bool(value) for value in values
    )


def source_rank(frame: pd.DataFrame) -> dict[str, int]:
    """Return the place of each source, the highest ``mean`` over targets first."""
    average = frame.groupby("source", sort=False)["mean"].mean()
    ordered = average.sort_values(ascending=False, kind="stable").index
    return {str(source): place for place, source in enumerate(ordered)}


def pretrain_table(pretrain: pd.DataFrame) -> pd.DataFrame:
    """Return Table II as a person reads it: the three parts of the split beside each other."""
    parts = ("train", "validation", "test")
    rows = [
        {
            **{name: row[name] for name in ("network", "source", "dataset", "seed")},
            "images": _three(cell_text("", row[f"n_{part}"]) for part in parts),
            "accuracy": _three(score_text(row[f"{part}_accuracy"]) for part in parts),
            **{name: row[name] for name in ("test_auc", "converged", "epochs", "seconds")},
        }
        for row in pretrain.to_dict("records")
    ]
    return pd.DataFrame(rows)


def statistics_table(contents: ReportContents) -> pd.DataFrame:
    """Return the summary as a person reads it: every statistic, each interval in one cell."""
    rows = [
        {
            **{name: row[name] for name in ("panel", "target", "source", "folds")},
            "mean": _unbroken(score_text(row["mean"]), row["low"], row["high"], 3),
            "transferability": _unbroken(
                transferability_text(row),
                row["transferability_low"],
                row["transferability_high"],
                1,
            ),
            "difference": row["difference"],
            "p_holm": row["p_holm"],
            "told_apart": row["told_apart"],
            "reason": row["reason"],
        }
        for row in with_panel(contents, contents.summary).to_dict("records")
    ]
    return pd.DataFrame(rows)


def _unbroken(text: str, low: float, high: float, decimals: int) -> str:
    return _with_interval(text, low, high, decimals).replace(" ", "\N{NO-BREAK SPACE}")


def _with_interval(text: str, low: float, high: float, decimals: int) -> str:
    if pd.isna(low) or pd.isna(high):
        return text
    ends = f"[{low:.{decimals}f}, {high:.{decimals}f}]".replace("-", MINUS)
    return f"{text} {ends}"


def _three(texts: Iterable[str]) -> str:
    return " / ".join(texts)


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
            "note": _note(row),
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


def _note(row: Mapping[Any, Any]) -> str:
    if not is_true(row["bracketed"]):
        return ""
    reason = row["reason"]
    return str(reason) if isinstance(reason, str) and reason else _NO_UNIT


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


def recipe_tables(recipes: pd.DataFrame, phase: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what all recipes of a phase share, and one row per recipe that differs.

    Sources with the same settings for a target are put into one row, then targets with the same
    sources and settings.
    """
    frame = recipes[recipes["phase"] == phase]
    names = [name for name in frame.columns if name not in ("phase", "source", "target")]
    text = frame[["source", "target"]].fillna("").astype(str)
    for name in names:
        text[name] = [cell_text(str(name), value) for value in frame[name]]
    same = [name for name in names if text[name].nunique() == 1]
    differ = [name for name in names if text[name].nunique() > 1]
    shared = pd.DataFrame(
        {"setting": [_words(str(name)) for name in same], "value": [text[n].iloc[0] for n in same]}
    )
    rows = _joined(text, "source", ["target", *differ])
    return shared, _joined(rows, "target", ["source", *differ])[["source", "target", *differ]]


def _joined(frame: pd.DataFrame, column: str, keys: list[str]) -> pd.DataFrame:
    groups = frame.groupby(keys, sort=False)[column]
    return groups.agg(lambda names: ", ".join(dict.fromkeys(names))).reset_index()


def dataset_table(datasets: pd.DataFrame) -> pd.DataFrame:
    """Return Table I as a person reads it: sizes as ranges, groups said to be unknown."""
    return pd.DataFrame(
        [
            {
                "dataset": row["dataset"],
                "reader": row["reader"],
                "used as": row["roles"],
                "images": row["images"],
                "classes": row["classes"],
                "images per class": _span(row["smallest_class"], row["largest_class"]),
                "width (px)": _size(row, "width"),
                "height (px)": _size(row, "height"),
                "channels": row["channels"],
                "groups": "unknown" if pd.isna(row["groups"]) else f"{row['groups']:,}",
                "notes": _each_shortened(row["notes"]),
            }
            for row in datasets.to_dict("records")
        ]
    )


def _each_shortened(notes: Any) -> str:
    """Several notes of a dataset stand in one cell; each is shortened."""
    return "" if pd.isna(notes) else " · ".join(map(shortened, str(notes).split(" · ")))


def _span(low: Any, high: Any) -> str:
    if pd.isna(low) or pd.isna(high):
        return MISSING
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _size(row: Mapping[Any, Any], side: str) -> str:
    low, middle, high = (row[f"{side}_{what}"] for what in ("min", "median", "max"))
    span = _span(low, high)
    return span if low == high or pd.isna(middle) else f"{span}, median {middle:g}"


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV with plain line ends, the same on every system."""
    return str(frame.to_csv(index=False, lineterminator="\n"))
