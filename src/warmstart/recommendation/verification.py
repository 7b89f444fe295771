"""Short fine-tunings that verify a prediction: which one next, and what they say so far.

Everything is a pure function of the plan and the trials done, in any order: a caller that stores
trials can be interrupted anywhere, and has a valid answer after each.

All candidates are trained on one fold after the other, for few epochs; then the better half, but
two at least, for more, unless nothing is left to decide. Better is judged by the difference to one
reference on the same folds, weighed against what was predicted. A candidate is also given up in
between, when an anytime-valid test of its paired differences to the leader rules it out. It ends
when no rest is likely to be better than the leader by more than counts in practice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.analysis.practical import COUNTS
from warmstart.errors import ConfigError
from warmstart.metrics.arrays import Floats

ALPHA = 0.05
"""Chance of ruling out the best candidate, and of missing a better one at the end."""
KEEP = 0.5
"""Share of the candidates that goes on to more epochs."""
FEWEST = 2
"""So many go on at least, unless they failed, are ruled out, or nothing is left to decide."""
MARGIN = 1.645
"""A difference counts as far as it exceeds so many standard deviations of the bias."""
EFFECT = 1.0
"""Prior variance of standardised effects in the sequential test."""

Train = Callable[[str, int, int], float]
"""Trains a candidate on a fold for so many epochs, and returns its score in AUC points."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What is to be verified.

    Attributes:
        candidates: Their names, the most promising first.
        expected: Predicted gain of each, in AUC points.
        doubt: Standard deviation of each prediction; infinity: nothing was predicted.
        noise: Standard deviation of the score of one training over folds, in AUC points.
        bias: Per round, the standard deviation by which scores of so short trainings miss what a
            candidate is worth even on average over folds, in AUC points. It bounds how far
            trials may overrule the prediction.
        folds: How many folds, or repeats.
        epochs: Epochs of each round, rising; or any other measure of effort.
        test_share: n_test / n_train of the folds; 0 for independent repeats.
    """

    candidates: tuple[str, ...]
    expected: Floats
    doubt: Floats
    noise: float
    bias: tuple[float, ...]
    folds: int
    epochs: tuple[int, ...]
    test_share: float = 0.0

    def __post_init__(self) -> None:
        if len(set(self.candidates)) < len(self.candidates) or not self.candidates:
            raise ConfigError(
                f"candidates are {', '.join(self.candidates) or 'none'}; "
                "at least one was expected, each once."
            )
        if self.folds < 1 or self.noise <= 0 or sorted(set(self.epochs)) != list(self.epochs):
            raise ConfigError(
                f"folds are {self.folds}, noise is {self.noise}, epochs are {self.epochs}; "
                "expected at least one fold, noise above 0, and epochs that rise."
            )
        if len(self.bias) != len(self.epochs) or min(self.bias, default=0.0) < 0:
            raise ConfigError(
                f"bias is {self.bias}; one number of at least 0 was expected for each of the "
                f"{len(self.epochs)} rounds."
            )


@dataclass(frozen=True)
class Trial:
    """One training that was done; a score of NaN: it failed."""

    candidate: str
    fold: int
    epochs: int
    score: float


@dataclass(frozen=True)
class State:
    """Where the verification stands.

    Attributes:
        leader: The candidate to start from, as far as is known.
        ruled_out: Those a test has ruled out; others may have been set aside to save time, on
            weaker evidence.
        job: Candidate, fold and epochs to train next; ``None`` when there is nothing left to do.
    """

    leader: str
    ruled_out: tuple[str, ...]
    job: tuple[str, int, int] | None


def verify(plan: Plan, train: Train) -> Iterator[Trial]:
    """Train what is worth training next, until nothing is; yields each trial when it is done.

    Args:
        plan: What is to be verified.
        train: Called with candidate, fold and epochs.
    """
    done: list[Trial] = []
    while (job := state(plan, done).job) is not None:
        done.append(Trial(*job, score=train(*job)))
        yield done[-1]


def state(plan: Plan, trials: Sequence[Trial]) -> State:
    """Return what trials say so far, and which one is next."""
    known = {(t.candidate, t.fold, t.epochs): t.score for t in trials}
    left = list(plan.candidates)
    ruled_out: list[str] = []
    ahead = dict(zip(plan.candidates, plan.expected, strict=True))
    for number, epochs in enumerate(plan.epochs):
        if len(left) == 1:
            break
        for fold in range(plan.folds):
            missing = [c for c in left if (c, fold, epochs) not in known]
            table = _table(plan, left, known, epochs)
            ahead |= _ahead(plan, number, left, table)
            left = sorted(left, key=lambda c: -ahead[c])
            if missing:
                job = (missing[0], fold, epochs)
                return State(leader=left[0], ruled_out=tuple(ruled_out), job=job)
            lost = _ruled_out(plan, number, left, _table(plan, left, known, epochs))
            ruled_out += lost
            left = [c for c in left if c not in lost]
        table = _table(plan, left, known, epochs)
        if _settled(plan, number, left, table):
            break
        if number + 1 < len(plan.epochs):
            count = max(FEWEST, int(np.ceil(KEEP * len(left))))
            able = [c for c, own in zip(left, table, strict=True) if np.isfinite(own).any()]
            left = (able or left)[:count]
    return State(leader=left[0], ruled_out=tuple(ruled_out), job=None)


def evidence(differences: Floats, test_share: float) -> float:
    """Evidence against a mean of 0, which may be looked at after every new difference.

    The Bayes factor of the t test with a normal prior of variance `EFFECT` on the standardised
    mean. Whatever the mean's variance, it exceeds 1 / alpha at any time with probability alpha at
    most if the mean is 0; so it may be used to stop.

    Args:
        differences: Paired differences, shape (J,).
        test_share: n_test / n_train where folds share training images; J then counts as
            1 / (1 / J + test_share), as in the corrected resampled t test. 0: independent.

    Returns:
        At least 0; 1 says nothing, as fewer than two differences do, or differences all equal.

    References:
        Wang & Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means with
        unknown variance", 2023; Nadeau & Bengio, "Inference for the generalization error", 2003.
    """
    count = len(differences)
    if count < 2 or np.ptp(differences) < 1e-12:
        return 1.0
    size = 1 / (1 / count + test_share)
    t2 = float(size * differences.mean() ** 2 / differences.var(ddof=1))
    shrunk = 1 + size * EFFECT
    ratio = (1 + t2 / (count - 1)) / (1 + t2 / (count - 1) / shrunk)
    return float(shrunk**-0.5 * ratio ** (count / 2))


def _table(
    plan: Plan, left: Sequence[str], known: dict[tuple[str, int, int], float], epochs: int
) -> Floats:
    """Scores of one round, candidates as rows and folds as columns; NaN where there is none."""
    return np.array(
        [[known.get((c, fold, epochs), np.nan) for fold in range(plan.folds)] for c in left]
    )


def _ahead(plan: Plan, number: int, left: Sequence[str], table: Floats) -> dict[str, float]:
    """Gain of each candidate left over a reference: predicted, corrected by what was seen."""
    middle, _ = believed(plan, number, left, table)
    return dict(zip(left, map(float, middle), strict=True))


def believed(plan: Plan, number: int, left: Sequence[str], table: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each candidate's gain over a reference, in AUC points.

    What was predicted, corrected by what was seen. The reference has most scores; of several, it
    is the most promising.

    Args:
        plan: What is to be verified.
        number: Of the round, from 0.
        left: Candidates.
        table: Their scores in the round, shape (candidates, folds), NaN where there is none.
    """
    rows = [plan.candidates.index(c) for c in left]
    counts = np.isfinite(table).sum(axis=1)
    reference = int(np.argmax(counts))
    expected = plan.expected[rows] - plan.expected[rows[reference]]
    doubt = plan.doubt[rows] ** 2 + plan.doubt[rows[reference]] ** 2
    pairs = table - table[reference]
    count = np.isfinite(pairs).sum(axis=1)
    seen = np.where(np.isfinite(pairs), pairs, 0.0).sum(axis=1) / np.maximum(count, 1)
    error = 2 * (plan.bias[number] ** 2 + plan.noise**2 / np.maximum(count, 1))
    information = np.where(count > 0, 1 / error, 0.0)
    precision = 1 / doubt + information
    nothing = precision == 0
    precision = np.where(nothing, 1.0, precision)
    middle = np.where(nothing, expected, (expected / doubt + seen * information) / precision)
    spread = np.where(nothing, np.inf, precision**-0.5)
    middle[reference], spread[reference] = 0.0, 0.0
    return middle, spread


def _ruled_out(plan: Plan, number: int, left: Sequence[str], table: Floats) -> list[str]:
    """Candidates worse than the leader by more than short trainings show between equals."""
    middle, _ = believed(plan, number, left, table)
    leader = int(np.argmax(middle))
    margin = MARGIN * np.sqrt(2) * plan.bias[number]
    lost = []
    for row, name in enumerate(left):
        pairs = table[row] - table[leader]
        pairs = pairs[np.isfinite(pairs)] + margin
        against = len(pairs) > 1 and pairs.mean() < 0
        if against and evidence(pairs, plan.test_share) >= len(plan.candidates) / ALPHA:
            lost.append(name)
    return lost


def _settled(plan: Plan, number: int, left: Sequence[str], table: Floats) -> bool:
    """Whether none is likely to be ahead of the leader by more than `COUNTS`."""
    from scipy.special import ndtr

    middle, spread = believed(plan, number, left, table)
    leader = int(np.argmax(middle))
    rest = np.arange(len(left)) != leader
    gap = middle[leader] - middle[rest] + COUNTS
    width = np.maximum(np.hypot(spread[rest], spread[leader]), 1e-12)
    return bool((ndtr(-gap / width) < ALPHA).all())
