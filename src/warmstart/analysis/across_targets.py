"""Which candidates are better across targets, not on one of them.

What varies in every test here: origins, that is targets, of which relatives count as one. An
origin counts once, by the mean over its targets, their networks and repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from warmstart.analysis.agreement import SAME
from warmstart.analysis.cells import Cell
from warmstart.analysis.comparison import ALPHA
from warmstart.analysis.over_targets import MIN_ORIGINS
from warmstart.analysis.rank_correlations import middle_ranks
from warmstart.metrics.arrays import Floats

MIN_CANDIDATES = 3
"""What Friedman's test needs."""
PRIOR_STRENGTH = 0.5
"""Weight of the pseudo-origin without a difference, where each origin weighs 1."""
POSTERIOR_DRAWS = 20_000
PRACTICAL_COLUMNS = ["candidate", "other", "origins", "difference", "worse", "same", "better"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranks:
    """Mean ranks of candidates over origins.

    Attributes:
        table: candidate, rank (mean over origins, 1 is best), best first.
        pairs: candidate, other, p (Nemenyi).
        p: Of Friedman's test that all are alike; NaN where it cannot be made.
        critical_difference: Mean ranks farther apart than this differ at 5 % (Nemenyi).
        origins: How many there are.
        left_out: Candidates without a result for every target (and network).
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    p: float
    critical_difference: float
    origins: int
    left_out: tuple[str, ...]


def ranks_of(cells: Sequence[Cell]) -> Ranks:
    """Friedman's test and Nemenyi's, on the candidates that have a result everywhere.

    References:
        Demsar, "Statistical comparisons of classifiers over multiple data sets", JMLR 2006.
    """
    whole = _gain_table(cells)
    blocks = _by_origin(whole.dropna(axis=1))
    names = [str(name) for name in blocks.columns]
    ranks = middle_ranks(-np.round(blocks.to_numpy(np.float64), 9))
    count, size = ranks.shape
    mean = pd.DataFrame({"candidate": names, "rank": ranks.mean(axis=0) if count else []})
    tested = size >= MIN_CANDIDATES and count >= MIN_ORIGINS
    return Ranks(
        table=mean.sort_values("rank", kind="stable", ignore_index=True),
        pairs=nemenyi(mean, count) if tested else nemenyi(mean.iloc[:0], 1),
        p=friedman(ranks) if tested else float("nan"),
        critical_difference=critical_difference(size, count) if tested else float("nan"),
        origins=count,
        left_out=tuple(str(name) for name in whole.columns if name not in names),
    )


def friedman(ranks: Floats) -> float:
    """p-value of Friedman's test, corrected for ties.

    Args:
        ranks: One row per target, one column per candidate.

    Returns:
        Between 0 and 1; 1 where every target ranks nothing.
    """
    from scipy.stats import friedmanchisquare

    if not np.ptp(ranks, axis=1).any():
        return 1.0
    return float(friedmanchisquare(*ranks.T).pvalue)


def critical_difference(candidates: int, targets: int) -> float:
    """Difference of mean ranks that Nemenyi's test calls significant at 5 %.

    Example:
        >>> round(critical_difference(4, 14), 3)
        1.254
    """
    from scipy.stats import studentized_range

    q = float(studentized_range.ppf(1 - ALPHA, candidates, np.inf)) / np.sqrt(2)
    return float(q * np.sqrt(candidates * (candidates + 1) / (6 * targets)))


def nemenyi(mean: pd.DataFrame, targets: int) -> pd.DataFrame:
    """p-value of every pair of candidates, corrected for the number of pairs.

    Args:
        mean: Columns candidate and rank.
        targets: How many targets the mean is over.

    Returns:
        Columns candidate, other, p.
    """
    from scipy.stats import studentized_range

    rows = list(combinations(mean.itertuples(index=False, name=None), 2))
    size = len(mean)
    error = np.sqrt(size * (size + 1) / (12 * targets))
    apart = np.array([abs(a[1] - b[1]) for a, b in rows])
    p = studentized_range.sf(apart / error, size, np.inf) if rows else []
    names = [(a[0], b[0]) for a, b in rows]
    return pd.DataFrame(names, columns=["candidate", "other"]).assign(p=p)


def signed_rank(
    differences: Floats, *, rope: float, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Bayesian signed-rank test with a region of practical equivalence.

    The posterior is a Dirichlet process over the origins' differences and one of 0, of strength
    `PRIOR_STRENGTH`. In each draw the Walsh averages (means of two differences) lie below, within
    or above the region with some probability; the largest of the three wins the draw. The ends of
    the region lie within, so that with a width of 0 equal candidates are the same.

    Args:
        differences: One per origin.
        rope: Half the width of the region, in the units of the differences; at least 0.
        rng: Source of randomness.

    Returns:
        Probabilities that the difference is practically below, none, above; they sum to 1.

    References:
        Benavoli et al., "Time for a change: a tutorial for comparing multiple classifiers through
        Bayesian analysis", JMLR 2017, section 4.2.
    """
    z = np.concatenate([[0.0], differences])
    sums = z[:, None] + z[None, :]
    strength = np.array([PRIOR_STRENGTH, *np.ones(len(differences))])
    weights = rng.dirichlet(strength, POSTERIOR_DRAWS)
    shares = [
        np.einsum("bi,ij,bj->b", weights, outside.astype(float), weights, optimize=True)
        for outside in (sums < -2 * rope - SAME, sums > 2 * rope + SAME)
    ]
    below, above = shares
    winner = np.argmax(np.stack([below, 1 - below - above, above], axis=1), axis=1)
    counts = np.bincount(winner, minlength=3) / len(winner)
    return float(counts[0]), float(counts[1]), float(counts[2])


def pairwise_practical(cells: Sequence[Cell], *, rope: float, seed: int) -> pd.DataFrame:
    """Compare every two candidates where both were tried.

    Args:
        cells: Places to rank.
        rope: AUC points that do not count.
        seed: The same seed gives the same numbers.

    Returns:
        Columns candidate, other, origins, difference (mean, in AUC points), and the probabilities
        that the candidate is worse, the same in practice, better. Pairs with fewer than two
        origins in common are left out.
    """
    table = _gain_table(cells)
    rows = []
    for one, other in combinations(table.columns, 2):
        apart = table[[one]].sub(table[other], axis=0).dropna()
        d = _by_origin(apart)[one].to_numpy(np.float64)
        if len(d) >= MIN_ORIGINS:
            odds = signed_rank(d, rope=rope, rng=np.random.default_rng(seed))
            rows.append((one, other, len(d), float(d.mean()), *odds))
    return pd.DataFrame(rows, columns=PRACTICAL_COLUMNS)


def _gain_table(cells: Sequence[Cell]) -> pd.DataFrame:
    """Mean gains in AUC points, one row per origin, target and cell, candidates as columns."""
    rows = [
        (cell.origin, cell.target, cell.name, name, gain)
        for cell in cells
        for name, gain in zip(cell.names, cell.gains, strict=True)
    ]
    place = ["origin", "target", "cell"]
    table = pd.DataFrame(rows, columns=[*place, "candidate", "gain"])
    return table.pivot(index=place, columns="candidate", values="gain")


def _by_origin(gains: pd.DataFrame) -> pd.DataFrame:
    """Mean over the cells of a target, then over the targets of an origin."""
    return gains.groupby(level=["origin", "target"]).mean().groupby(level="origin").mean()
