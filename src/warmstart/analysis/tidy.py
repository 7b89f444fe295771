"""Results and measures in one tidy form, wherever they come from."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from warmstart.analysis.tidy_checks import (
    refuse_twice,
    refuse_two_origins,
    refuse_two_units,
    require,
)
from warmstart.analysis.tidy_columns import flags, names, numbers, repeats, sizes, texts
from warmstart.errors import DataError

RUN = ["network", "source", "arm", "target", "label", "metric", "seed", "fold"]
"""What names one value of a table of results."""
RESULTS = [*RUN, "value", "n_train", "n_test", "origin", "shares_images"]
SIZES = {"source_images": "larger dataset", "parameters": "larger model"}
"""Optional columns of results that make a baseline, and what it is called."""
MEASURES = ["network", "source", "target", "measure", "value", "low", "high", "floor"]
DEFAULT_METRIC = "auc_weighted_ovr"
_TEXT = ("network", "arm", "label", "origin")
_ONE_RUN = [column for column in RUN if column not in ("label", "metric")]


@dataclass(frozen=True, eq=False)
class Tidy:
    """A table in the tidy form, and what was done to get there.

    Attributes:
        table: Of results: `RESULTS`, and those of `SIZES` that are given. Of measures: `MEASURES`
            and ``higher_is_better``.
        notes: One sentence per change a reader must know of.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()


def tidy_results(frame: pd.DataFrame, name: str) -> Tidy:
    """Bring a table of results into the tidy form.

    Args:
        frame: Columns source, target and value; fold or seed where there are several runs; and, as
            far as known, network, arm, label, metric, n_train, n_test, origin (targets of one
            origin are relatives, such as three views of the same scans), shares_images (the source
            has seen images of the target), source_images, parameters.
        name: What the table is called in messages.

    Returns:
        The table, names without white space around them. A metric whose largest value is above 1
        is in percent: it is divided by 100, and a note says so.

    Raises:
        DataError: If a column is missing or misspelt, a name, seed or fold is empty, a value is no
            number or out of range, one run stands there twice, a target has two origins, or some
            runs are in percent and others are not.
    """
    frame = frame.reset_index(drop=True)
    require(frame, ("source", "target", "value"), (*RESULTS, *SIZES), name, "A table of results")
    table = frame.assign(**{c: names(frame, c, name) for c in ("source", "target")})
    table["metric"] = names(frame, "metric", name, "auc")
    for column in _TEXT:
        table[column] = texts(frame, column)
    for column in ("seed", "fold"):
        table[column] = repeats(frame, column, name)
    for column in ("value", *(c for c in SIZES if c in frame)):
        table[column] = numbers(frame, column, name)
    for column in ("n_train", "n_test"):
        table[column] = sizes(frame, column, name)
    table["shares_images"] = flags(frame, "shares_images", name).fillna(False).astype(bool)
    refuse_twice(table, [c for c in RUN if c in frame], name, _keep_one(frame))
    refuse_two_origins(table, name)
    table, notes = _fractions(table, name)
    return Tidy(table[[*RESULTS, *(c for c in SIZES if c in table)]].reset_index(drop=True), notes)


def tidy_measures(
    frame: pd.DataFrame, name: str, known: Mapping[str, bool | None] | None = None
) -> Tidy:
    """Bring a table of measures into the tidy form.

    Args:
        frame: Columns source, target, measure and value; network, low, high, floor (what a
            distance of the target to itself comes to) and higher_is_better as far as known. A
            measure without a network speaks of every network.
        name: What the table is called in messages.
        known: Direction of measures that need no column ``higher_is_better``; ``None`` for
            properties, which are neither good nor bad.

    Returns:
        The table; rows of properties without a direction, and rows without a value, are left out,
        which a note says.

    Raises:
        DataError: If a column is missing or misspelt, a name is empty, a value is no number, a
            direction is missing or contradicts ``known``, or a measure stands there twice for one
            pair.
    """
    frame = frame.reset_index(drop=True)
    needed = ("source", "target", "measure", "value")
    require(frame, needed, (*MEASURES, "higher_is_better"), name, "A table of measures")
    table = frame.assign(**{c: names(frame, c, name) for c in ("source", "target", "measure")})
    table["network"] = texts(frame, "network")
    for column in ("value", "low", "high", "floor"):
        table[column] = numbers(frame, column, name)
    table["higher_is_better"] = flags(frame, "higher_is_better", name)
    directions = {
        str(measure): _direction(str(measure), rows["higher_is_better"], known or {}, name)
        for measure, rows in table.groupby("measure", sort=False)
    }
    table["higher_is_better"] = table["measure"].map(directions).astype("boolean")
    key = [c for c in ("network", "source", "target", "measure") if c in frame]
    refuse_twice(table, key, name, "keep one value per pair")
    pointless = sorted(m for m, direction in directions.items() if direction is None)
    empty = table["value"].isna()
    notes = [f"{name}: {', '.join(pointless)} are properties, not scores."] if pointless else []
    if empty.any():
        notes.append(f"{name}: rows without a value, left out: {int(empty.sum())}.")
    kept = table[table["higher_is_better"].notna() & ~empty]
    return Tidy(kept[[*MEASURES, "higher_is_better"]].reset_index(drop=True), tuple(notes))


def one_metric(results: pd.DataFrame, metric: str | None, name: str) -> str:
    """Which metric of a tidy table of results is meant.

    Raises:
        DataError: If there are no results, the one asked for is not there, or none is asked for
            and there are several.
    """
    held = sorted(set(results["metric"]))
    if not held:
        raise DataError(f"{name} holds no results; a row for each run was expected.")
    if metric is None and DEFAULT_METRIC in held:
        return DEFAULT_METRIC
    if metric is None and len(held) == 1:
        return str(held[0])
    if metric is None or metric not in held:
        asked = "several metrics" if metric is None else f"no metric {metric!r}"
        raise DataError(f"{name} holds {asked}; name one of {', '.join(held)} with --metric.")
    return metric


def _keep_one(frame: pd.DataFrame) -> str:
    """What to do about a run that stands there twice."""
    free = [column for column in ("fold", "seed") if column not in frame]
    return "remove one" + (f", or tell repeated runs apart in a column {free[0]}" if free else "")


def _direction(
    measure: str, given: pd.Series, known: Mapping[str, bool | None], name: str
) -> bool | None:
    given = given.dropna().astype(bool)
    said = set(given)
    ours = known.get(measure)
    if len(said) > 1:
        raise DataError(
            f"{name}: higher_is_better of {measure} is true in row {given.index[given][0] + 1} and "
            f"false in row {given.index[~given][0] + 1}; correct one, or give what are two "
            "measures two names."
        )
    if not said and measure not in known:
        raise DataError(
            f"{name}: {measure} is not in the table of measures; add a column higher_is_better "
            "(true for scores, false for distances)."
        )
    if said and ours is not None and said != {ours}:
        raise DataError(
            f"{name}: higher_is_better of {measure} is {str(not ours).lower()}, but "
            f"{'higher' if ours else 'lower'} is better; correct it or rename the measure."
        )
    return bool(said.pop()) if said else ours


def _fractions(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Divide metrics in percent by 100."""
    notes = []
    for metric, rows in table.groupby("metric"):
        low, high = rows["value"].min(), rows["value"].max()
        if low < 0 or high > 100:
            raise DataError(
                f"{name}: {metric} goes from {low:g} to {high:g}; expected 0 to 1, or percent "
                "from 0 to 100. Leave the value empty where it is not known."
            )
        refuse_two_units(rows, _ONE_RUN, str(metric), name)
        if high > 1:
            table.loc[rows.index, "value"] /= 100
            notes.append(f"{name}: {metric} reaches {high:.4g}, so it is read as percent.")
    return table, tuple(notes)
