"""What the Task2Vec distances of *Cats, not CAT scans* hang on: which subsets, which cosine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from warmstart.analysis.published import cats_scans
from warmstart.analysis.published.cats_scans import FOLDS, PAIR, STAND_IN
from warmstart.analysis.published.cats_scans_embeddings import embeddings
from warmstart.analysis.published.matches import Match
from warmstart.analysis.rank_correlations import pearson
from warmstart.measures.task2vec import task2vec, task2vec_cosine
from warmstart.metrics.arrays import Floats

NPZ = "the npz"
WHOLE_NPZ = "the npz of all 100 subsets"
SUBSETS = 100
DRAWABLE = range(1, SUBSETS)
"""Subsets that the published code can draw: never the first."""
REDRAWS = 100_000
TITLE = "Figure 4, Task2Vec"


def matches(folder: Path, points: pd.DataFrame) -> Iterator[Match]:
    """Which subsets were drawn, what another cosine and other draws would have given.

    Args:
        folder: The tables, or a clone of the repository.
        points: The pairs of figure 4: source, target, transferability, task2vec.
    """
    yield from _subsets(folder)
    yield from _all_subsets(folder, points)
    yield _same_draws(folder, points)
    yield from _redraws(folder, points)


def _subsets(folder: Path) -> Iterator[Match]:
    """Which subset's embeddings gave each published distance."""
    pairs = cats_scans.published_pairs(folder)
    pairs = pairs[(pairs["source"] != pairs["target"]) & ~pairs["source"].isin(STAND_IN)]
    keys = pd.MultiIndex.from_frame(pairs[PAIR])
    found = _distances(folder, "raw_cosine")
    for k in range(1, FOLDS + 1):
        title, says = f"Subset of draw {k}", "one of five random pairs of embeddings"
        if found is None:
            yield Match(quantity=title, says=says, needs=NPZ)
            continue
        published = pairs[f"distance_{k}"].to_numpy()
        wrong = np.abs(found.reindex(keys).sub(published, axis=0)).max()
        yield Match(
            quantity=title,
            recomputed=float(wrong.idxmin()),
            says=says,
            finding=f"one subset for all pairs and both sides; largest error {wrong.min():.1g}",
        )


def _all_subsets(folder: Path, points: pd.DataFrame) -> Iterator[Match]:
    """The coefficient from all subsets, with either cosine."""
    for column, finding in (
        ("raw_cosine", "Pearson's r; cosine of the vectors as they are, as published"),
        ("normalised_cosine", "Pearson's r; cosine as Task2Vec defines it"),
    ):
        title, says = f"{TITLE}, all subsets, {column.replace('_', ' ')}", "Task2Vec's distance"
        table = _distances(folder, column)
        if table is None or len(table.columns) < SUBSETS:
            yield Match(quantity=title, says=says, needs=NPZ if table is None else WHOLE_NPZ)
            continue
        r = _coefficient(_aligned(table, points).mean(axis=1), points)
        yield Match(quantity=title, recomputed=r, says=says, finding=finding)


def _same_draws(folder: Path, points: pd.DataFrame) -> Match:
    """The coefficient from the draws that were published, with Task2Vec's own cosine."""
    title, says = f"{TITLE}, the five draws, normalised cosine", "Task2Vec's distance"
    table = _distances(folder, "normalised_cosine")
    if table is None:
        return Match(quantity=title, says=says, needs=NPZ)
    drawn = [int(m.recomputed) for m in _subsets(folder) if m.recomputed is not None]
    return Match(
        quantity=title,
        recomputed=_coefficient(_aligned(table[drawn], points).mean(axis=1), points),
        says=says,
        finding="Pearson's r; what was published is of the cosine of the vectors as they are",
    )


def _redraws(folder: Path, points: pd.DataFrame) -> Iterator[Match]:
    """How far the coefficient hangs on which five subsets were drawn."""
    from scipy.stats import binomtest

    title = f"{TITLE}, five subsets drawn anew"
    says = "mean of five random pairs of embeddings"
    table = _distances(folder, "raw_cosine")
    if table is None or len(table.columns) < SUBSETS:
        yield Match(quantity=title, says=says, needs=NPZ if table is None else WHOLE_NPZ)
        return
    every = _aligned(table[list(DRAWABLE)], points)
    draws = np.random.default_rng(0).integers(every.shape[1], size=(FOLDS, REDRAWS))
    means = np.zeros((len(every), REDRAWS))
    for draw in draws:  # one at a time: all five at once would take 100 MB
        means += every[:, draw] / FOLDS
    r = pearson(means.T, points["transferability"].to_numpy())
    low, high = np.quantile(r, [0.025, 0.975])
    yield Match(
        quantity=f"{title}, mean r",
        recomputed=float(r.mean()),
        says=says,
        finding=f"Pearson's r of {REDRAWS:,} draws of five of subsets 1 to 99, with replacement; "
        f"95 % lie between {low:z.3f} and {high:z.3f}",
    )
    yield Match(
        quantity=f"{title}, deviation of r",
        recomputed=float(r.std(ddof=1)),
        finding="what the draw alone does to r",
    )
    extreme = int((r <= _coefficient(points["task2vec"].to_numpy(), points)).sum())
    bounds = binomtest(extreme, REDRAWS).proportion_ci()
    yield Match(
        quantity=f"{title}, share at or below the published r",
        recomputed=extreme / REDRAWS,
        finding=f"the published draw is an extreme one: {extreme} of {REDRAWS:,} draws, 95 % "
        f"interval of the share {bounds.low:.5f} to {bounds.high:.5f}",
    )


def _distances(folder: Path, column: str) -> pd.DataFrame | None:
    """A distance of every pair (rows) for every subset (columns); self pairs are 0."""
    table = cats_scans.subset_distances(folder)
    if table is not None:
        return table.pivot(index=PAIR, columns="subset", values=column)
    vectors = embeddings(folder)
    if vectors is None:
        return None
    distance = task2vec_cosine if column == "raw_cosine" else _library_task2vec
    pairs = cats_scans.published_pairs(folder)[PAIR]
    rows = {
        (s, t): {i: _between(vectors, s, t, i, distance) for i in vectors[t]}
        for s, t in pairs.itertuples(index=False, name=None)
    }
    wide = pd.DataFrame.from_dict(rows, orient="index")
    wide.index = pd.MultiIndex.from_tuples(rows, names=PAIR)
    return wide


def _library_task2vec(one: Floats, other: Floats) -> float:
    """As the published library computes it, which the table of all subsets was made with."""
    return task2vec(one, other, library_compat=True)


def _between(
    vectors: dict[str, dict[int, Floats]],
    source: str,
    target: str,
    subset: int,
    distance: Callable[..., float],
) -> float:
    name = STAND_IN.get(source, source)
    return 0.0 if name == target else distance(vectors[name][subset], vectors[target][subset])


def _coefficient(distances: Floats, points: pd.DataFrame) -> float:
    return float(pearson(distances, points["transferability"].to_numpy()))


def _aligned(table: pd.DataFrame, points: pd.DataFrame) -> Floats:
    """Rows of a table of pairs in the order of the points."""
    keys = pd.MultiIndex.from_frame(points[PAIR])
    return table.reindex(keys).to_numpy(np.float64)
