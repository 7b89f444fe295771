"""The places a measure must rank: the candidates for one target, and what each gave."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from warmstart.analysis.tidy import RUN, SIZES
from warmstart.analysis.transferability import BaselinePer, transferability, with_label_means
from warmstart.metrics.arrays import Bools, Floats

Candidate = tuple[str, str]
"""Network and source."""
Compare = Literal["sources", "networks", "both"]
_HELD: Mapping[Compare, tuple[str, ...]] = MappingProxyType(
    {"sources": ("network", "arm"), "networks": ("source", "arm"), "both": ("arm",)}
)
"""What candidates have in common."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cell:
    """The candidates for one target, and what each gave.

    Attributes:
        target: The target.
        name: The target, with what candidates have in common as far as that varies in the results.
        origin: What it shares with its relatives; its own name where none is known.
        held: What all candidates have in common: network and arm, where sources are compared.
        candidates: Network and source of each, in sorted order.
        names: What each is called.
        repeats: The metric of every repeat (seed and fold), 0 to 1; one row per repeat, one column
            per candidate, NaN where a run is missing.
        transfer: Transferability of each in percent of the baseline; NaN without one.
        spread: Standard deviation of that over repeats, each less the baseline of the same repeat,
            in percent of the baseline; NaN with fewer than two repeats in common with it.
    """

    target: str
    name: str
    origin: str
    held: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    names: tuple[str, ...]
    repeats: Floats
    transfer: Floats
    spread: Floats

    @property
    def arm(self) -> str:
        """The arm, which all candidates have in common."""
        return self.held[-1]

    @property
    def gains(self) -> Floats:
        """Mean over repeats in AUC points, one per candidate."""
        mean: Floats = 100 * np.nanmean(self.repeats, axis=0)
        return mean

    def only(self, kept: Bools) -> "Cell":
        """The same place with fewer candidates."""
        left = np.flatnonzero(kept)
        return replace(
            self,
            candidates=tuple(self.candidates[i] for i in left),
            names=tuple(self.names[i] for i in left),
            repeats=self.repeats[:, left],
            transfer=self.transfer[left],
            spread=self.spread[left],
        )


def cells_of(
    results: pd.DataFrame,
    metric: str,
    *,
    compare: Compare = "sources",
    baseline: str = "random",
    baseline_per: BaselinePer = "mean",
    self_pairs: bool = False,
    shared_images: bool = False,
) -> tuple[list[Cell], tuple[str, ...]]:
    """Split results into cells; a multi-label target is ranked by its mean over labels.

    Args:
        results: In the tidy form.
        metric: Which of its metrics.
        compare: What candidates differ in.
        baseline: Source that transferability divides by; ``"paper"``: the one named like the
            target.
        baseline_per: See `warmstart.analysis.transferability.transferability`.
        self_pairs: Keep the source that is named like the target.
        shared_images: Keep sources that have seen images of the target.

    Returns:
        One cell per target and what is held, unless no candidate is left; and notes on those left
        out.
    """
    rows = results[results["metric"] == metric]
    runs = with_label_means(rows[[*RUN, "value", "n_train", "n_test"]])
    runs = runs[runs["label"] == ""].dropna(subset="value")
    if runs.empty:
        return [], ()
    whole = _with_changes(runs, metric, baseline, baseline_per)
    origins = {t: o or t for t, o in zip(rows["target"], rows["origin"], strict=True)}
    axes = ["network", "source", "target"]
    shares = set(rows.loc[rows["shares_images"], axes].itertuples(index=False, name=None))
    cells, dropped_self, dropped_shared = [], 0, 0
    varied = [axis for axis in _HELD[compare] if whole[axis].nunique() > 1]
    for _, own in whole.groupby(["target", *_HELD[compare]], sort=True):
        target = str(own["target"].iloc[0])
        cell = _cell(own, str(origins[target]), compare, varied)
        named_alike = np.array([source == target for _, source in cell.candidates])
        seen = np.array([(*pair, target) in shares for pair in cell.candidates]) & ~named_alike
        kept = (~named_alike | self_pairs) & (~seen | shared_images)
        dropped_self += int((named_alike & ~kept).sum())
        dropped_shared += int((seen & ~kept).sum())
        if kept.any():
            cells.append(cell.only(kept))
    return cells, tuple(_left_out(dropped_self, dropped_shared))


def on_common_repeats(cells: Sequence[Cell]) -> tuple[list[Cell], list[str]]:
    """Keep the repeats that all candidates of a target have: folds and seeds differ in difficulty.

    Returns:
        The cells, as they were where no run is missing or no repeat is common; and notes on which
        were cut to how many repeats.
    """
    found: list[Cell] = []
    cut: dict[tuple[int, int], list[str]] = {}
    apart: list[str] = []
    for cell in cells:
        whole = ~np.asarray(np.isnan(cell.repeats).any(axis=1))
        kept = whole.any() and not whole.all()
        found.append(replace(cell, repeats=cell.repeats[whole]) if kept else cell)
        if kept:
            cut.setdefault((int(whole.sum()), len(whole)), []).append(cell.name)
        elif not whole.any():
            apart.append(cell.name)
    notes = [
        f"Runs are missing: on {', '.join(names)} candidates are compared by the {count} of {of} "
        "repeats (folds and seeds) that all of them have."
        for (count, of), names in cut.items()
    ]
    if apart:
        notes.append(
            f"Runs are missing: on {', '.join(apart)} no repeat was done with all candidates. Each "
            "is judged by its own, so that differences between folds count as differences between "
            "candidates."
        )
    return found, notes


def scores_of(target: str, candidates: Sequence[Candidate], measure: pd.DataFrame) -> Floats:
    """What one measure says of the candidates for a target, turned so that higher is better.

    Args:
        target: The target.
        candidates: Network and source of each.
        measure: Rows of one measure of a tidy table; those without a network speak of all.

    Returns:
        One number per candidate, NaN where the measure says nothing.
    """
    own = measure[measure["target"] == target]
    sign = 1.0 if own["higher_is_better"].all() else -1.0
    keys = zip(own["network"], own["source"], strict=True)
    told = dict(zip(keys, own["value"].astype(float), strict=True))
    values = [told.get((n, s), told.get(("", s), np.nan)) for n, s in candidates]
    return sign * np.array(values)


def sizes_of(results: pd.DataFrame) -> dict[str, dict[Candidate, float]]:
    """Sizes that results name, for each column of `SIZES` that is there."""
    found = {}
    for column in SIZES:
        if column in results and results[column].notna().any():
            known = results.dropna(subset=column)
            keys = zip(known["network"], known["source"], strict=True)
            found[column] = dict(zip(keys, known[column].astype(float), strict=True))
    return found


def _cell(own: pd.DataFrame, origin: str, compare: Compare, varied: Sequence[str]) -> Cell:
    """The cell of these runs, with every candidate."""
    table = own.pivot(index=["seed", "fold"], columns=["network", "source"], values="value")
    table = table.sort_index().sort_index(axis=1)
    changes = own.groupby(["network", "source"])[["transfer", "spread"]].first()
    changes = changes.reindex(table.columns)
    pairs = [(str(pair[0]), str(pair[1])) for pair in list(table.columns)]
    names = {"sources": [s for _, s in pairs], "networks": [n for n, _ in pairs]}
    target = str(own["target"].iloc[0])
    more = ", ".join(str(own[axis].iloc[0]) for axis in varied)
    return Cell(
        target=target,
        name=f"{target} ({more})" if more else target,
        origin=origin,
        held=tuple(str(own[axis].iloc[0]) for axis in _HELD[compare]),
        candidates=tuple(pairs),
        names=tuple(names.get(compare, [" ".join(filter(None, pair)) for pair in pairs])),
        repeats=table.to_numpy(np.float64),
        transfer=changes["transfer"].to_numpy(np.float64),
        spread=changes["spread"].to_numpy(np.float64),
    )


def _with_changes(
    runs: pd.DataFrame, metric: str, baseline: str, baseline_per: BaselinePer
) -> pd.DataFrame:
    """Add to each run the transferability of its source, and its spread over repeats."""
    key = ["network", "source", "arm", "target"]
    called = {"transferability": "transfer", "std": "spread"}
    gains = transferability(runs, metric, baseline, baseline_per).rename(columns=called)
    return runs.merge(gains[[*key, *called.values()]], on=key, how="left")


def _left_out(self_pairs: int, shared: int) -> Iterator[str]:
    if self_pairs:
        yield f"Self pairs left out: {self_pairs}."
    if shared:
        yield f"Pairs left out because the source has seen images of the target: {shared}."
