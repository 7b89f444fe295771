"""Trainings that were done, split into those that choose a source and those that score it.

More effort means more settings (learning rate and batch size), in the order in which they did well
on the other targets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warmstart.analysis.published.medical_transferability import at_validated_settings
from warmstart.metrics.arrays import Floats

EFFORTS = (4, 12)
"""Settings that are tried for a source in each round; a single one too often ruins a source."""
MIN_NOISE = 0.1
"""In AUC points."""
STEP = ["learning_rate", "step"]
Setting = tuple[float, int]
"""Learning rate, and place of the batch size among those tried on the target."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Replay:
    """Trainings of one target, as far as a verification may see them.

    Attributes:
        target: Its name.
        sources: Names.
        validation: Validation AUC in points, shape (sources, settings, repeats); NaN: not done.
        minutes: Of each of these trainings.
        truth: AUC in points of each source on the repeats that score.
        noise: Standard deviation of validation AUC over repeats, on the other targets.
        bias: Per effort, by how much validation AUC misses the truth there beyond that.
    """

    target: str
    sources: tuple[str, ...]
    validation: Floats
    minutes: Floats
    truth: Floats
    noise: float
    bias: tuple[float, ...]

    @property
    def exhaustive(self) -> float:
        """Minutes to train every source once at every setting."""
        return float(np.nansum(np.nanmean(self.minutes, axis=2)))

    def regret(self, source: str) -> float:
        """AUC points lost by starting from a source."""
        return float(self.truth.max() - self.truth[self.sources.index(source)])


def replays(runs: pd.DataFrame, repeats: Sequence[int]) -> list[Replay]:
    """Split the trainings of each target into those that choose and those that score.

    What is learned from targets, the order of settings and how far short trainings can be
    trusted, is learned for each target from the choosing repeats of the others.

    Args:
        runs: Every training, columns as in `medical_transferability.runs`.
        repeats: Those that may be used for choosing; the others score.
    """
    step = runs.groupby("target")["batch_size"].rank(method="dense").astype(int)
    runs = runs.assign(step=step)
    seen = runs[runs["repeat"].isin(repeats)]
    scoring, seen_truth = _truth(runs[~runs["repeat"].isin(repeats)]), _truth(seen)
    found = []
    for target, here in seen.groupby("target"):
        elsewhere = seen[seen["target"] != target]
        ladder = _ladder(elsewhere, here)
        truth = scoring[scoring["target"] == target].set_index("source")["value"]
        sources = tuple(str(s) for s in truth.index)
        noise, bias = _trust(elsewhere, seen_truth, ladder)
        found.append(
            Replay(
                target=str(target),
                sources=sources,
                validation=_grid(here, "validation_auc", sources, ladder) * 100,
                minutes=_grid(here, "minutes", sources, ladder),
                truth=truth.to_numpy(np.float64),
                noise=noise,
                bias=bias,
            )
        )
    return found


def _truth(runs: pd.DataFrame) -> pd.DataFrame:
    """Mean AUC in points at the setting that validates best, per source and target."""
    mean = at_validated_settings(runs).groupby(["source", "target"])["value"].mean() * 100
    return mean.reset_index()


def _ladder(elsewhere: pd.DataFrame, here: pd.DataFrame) -> list[Setting]:
    """Settings tried here, those first that validate best on the other targets."""
    cells = elsewhere.groupby(["source", "target", *STEP])["validation_auc"].mean()
    rank = cells.groupby(["source", "target"]).rank(pct=True)
    standing = dict(rank.groupby(STEP).mean().items())
    tried = set(here[STEP].itertuples(index=False, name=None))
    return sorted(tried, key=lambda setting: (-standing.get(setting, 0.0), setting))


def _grid(
    runs: pd.DataFrame, column: str, sources: Sequence[str], ladder: Sequence[Setting]
) -> Floats:
    """One column of the trainings of a target, shape (sources, settings, repeats)."""
    repeats = sorted(set(runs["repeat"]))
    rows = pd.MultiIndex.from_product([sources, ladder, repeats])
    keys = zip(
        runs["source"], zip(*(runs[c] for c in STEP), strict=True), runs["repeat"], strict=True
    )
    known = dict(zip(keys, runs[column], strict=True))
    values = [known.get(row, np.nan) for row in rows]
    return np.array(values, dtype=np.float64).reshape(len(sources), len(ladder), len(repeats))


def _trust(
    elsewhere: pd.DataFrame, truths: pd.DataFrame, ladder: Sequence[Setting]
) -> tuple[float, tuple[float, ...]]:
    """Noise over repeats and, per effort, bias of validation AUC, root mean square over targets."""
    noises, biases = [], []
    for target, runs in elsewhere.groupby("target"):
        truth = truths[truths["target"] == target].set_index("source")["value"]
        grid = 100 * _grid(runs, "validation_auc", list(truth.index), ladder)
        scores = np.stack([best_of(grid, effort) for effort in EFFORTS])
        scores = scores - np.nanmean(scores, axis=1, keepdims=True)
        noise = np.nanvar(scores, axis=2, ddof=1).mean(axis=1)
        miss = np.nanmean(scores, axis=2) - (truth - truth.mean()).to_numpy()
        noises.append(noise[0])
        biases.append(np.maximum(miss.var(axis=1) - noise / grid.shape[2], 0.0))
    rms = np.sqrt(np.mean(biases, axis=0))
    return float(max(np.sqrt(np.mean(noises)), MIN_NOISE)), tuple(map(float, rms))


def best_of(grid: Floats, effort: int) -> Floats:
    """Best validation AUC of the first settings, (sources, repeats); NaN: none was done."""
    shown = np.where(np.isfinite(grid[:, :effort]), grid[:, :effort], -np.inf).max(axis=1)
    return np.where(np.isfinite(shown), shown, np.nan)
