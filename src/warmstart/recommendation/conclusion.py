"""From a prediction and trainings to the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from warmstart.analysis.action_sentences import Basis, action_sentence
from warmstart.analysis.answer_sentences import (
    always_sentence,
    bother_sentence,
    evidence_sentence,
    expected_sentence,
    short_gap_sentence,
)
from warmstart.analysis.bother import Gain, gain_of_draws, gain_of_folds
from warmstart.analysis.chosen import Chosen, choose
from warmstart.analysis.comparison import corrected_resampled_interval
from warmstart.analysis.practical import COUNTS
from warmstart.metrics.arrays import Floats
from warmstart.recommendation.choice import Trained, pick, standings
from warmstart.recommendation.evaluation import RULE, Judged
from warmstart.recommendation.prediction import Prediction
from warmstart.recommendation.verification import Plan

START, CLOSE, WORSE, ASIDE = "start", "may be as good", "worse", "set aside"
UNTRIED = "not trained"
_UNKNOWN = float("nan"), float("nan"), float("nan")
CHANCE = 0.2
"""Without training, a start may be as good if it is better with at least this probability."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Conclusion:
    """What follows from a prediction and trainings.

    Attributes:
        plan: What was verified; candidates go by their place in it.
        trained: What was trained.
        prediction: What was predicted, candidates in the order of the plan.
        start: The candidate to start from.
        standing: What each candidate is thought to gain over one of them, in AUC points.
        chosen: The metric to expect, corrected for having chosen; ``None`` without training.
    """

    plan: Plan
    trained: Trained
    prediction: Prediction
    start: int
    standing: Floats
    chosen: Chosen | None

    @property
    def basis(self) -> Basis:
        """What is known."""
        if self.chosen is not None:
            return "trained"
        return "predicted" if np.isfinite(self.prediction.draws).all() else "nothing"

    @property
    def title(self) -> str:
        """What the metric is called."""
        whole = self.chosen is None or self.trained.any_full
        return "AUC" if whole else "AUC after short trainings"

    @property
    def titles(self) -> tuple[str, ...]:
        """What sentences call the candidates: others of the start's network by their source."""
        network, _ = self.prediction.candidates[self.start]
        return tuple(
            source if own == network and place != self.start else self.plan.candidates[place]
            for place, (own, source) in enumerate(self.prediction.candidates)
        )

    @property
    def equals(self) -> int:
        """How many candidates are so near the best that cost decides between them."""
        told = self.standing[self.trained.able]
        return int((told >= told.max() - COUNTS).sum())

    def verdict(self, candidate: int) -> str:
        """How a candidate stands to the one to start from."""
        if candidate == self.start:
            return START
        if self.chosen is None:
            return self._predicted(candidate)
        if self.plan.candidates[candidate] in self.trained.ruled_out:
            return WORSE
        table = self.trained.measured
        if np.isfinite(table[:, candidate]).any():
            return _compared(table[:, self.start] - table[:, candidate], self.plan.test_share)
        if not np.isfinite(self.trained.short[:, candidate]).any():
            return UNTRIED
        ahead = self.standing[self.start] - self.standing[candidate]
        return CLOSE if ahead <= COUNTS else ASIDE

    def value(self, candidate: int) -> tuple[float, float, float]:
        """Mean metric of a candidate, 0 to 1, with its interval over folds; NaN: not known."""
        if self.chosen is None:
            return _UNKNOWN
        column = self.trained.measured[:, candidate] / 100
        known = column[np.isfinite(column)]
        if not len(known):
            return _UNKNOWN
        return float(known.mean()), *corrected_resampled_interval(known, self.plan.test_share)

    def only_short(self, candidate: int) -> bool:
        """Whether others were trained whole and this one was not."""
        return self.trained.any_full and not self.trained.whole[candidate]

    def gain(self, other: int) -> Gain:
        """What the start gains over another candidate, on folds on which both were trained."""
        if self.chosen is None:
            return gain_of_draws(self.prediction.draws, self.start, other)
        measured = self.trained.measured[self.trained.told]
        both = np.isfinite(measured[:, [self.start, other]]).all(axis=1)
        differences = 100 * self.chosen.per_fold - measured[:, other]
        gain = gain_of_folds(differences[both], self.plan.test_share)
        low, high = (float(end) for end in np.clip([gain.low, gain.high], -100, 100))
        return replace(gain, low=low, high=high)  # no AUC is further apart; NaN stays NaN

    def action(self, needs: str) -> str:
        """What to do.

        Args:
            needs: What it takes to tell apart those that may be as good; may be empty.
        """
        names = self.titles
        kinds = [self.verdict(candidate) for candidate in range(len(names))]
        close, behind, aside, untried = (
            [name for name, own in zip(names, kinds, strict=True) if own == kind]
            for kind in (CLOSE, WORSE, ASIDE, UNTRIED)
        )
        return action_sentence(
            names[self.start],
            basis=self.basis,
            equals=self.equals,
            close=close,
            behind=behind,
            aside=aside,
            untried=untried,
            needs=needs,
        )

    def expectations(self, always: int | None, random: int | None, minutes: float) -> list[str]:
        """What to expect, beside what takes no thought.

        Args:
            always: The candidate taken every time, if it is there.
            random: Random initialisation, if it is there.
            minutes: Time the trainings took.
        """
        names = self.titles
        told = [] if self.chosen is None else [expected_sentence(self.chosen, title=self.title)]
        if always is not None:
            value = self.value(always)
            told.append(always_sentence(names[always], names[self.start], *value, title=self.title))
        for other in (always, random):
            if other is None or other == self.start:
                continue
            if self.only_short(other):
                behind = self.trained.short[:, self.start] - self.trained.short[:, other]
                behind = behind[np.isfinite(behind)]
                gap = float(behind.mean()) if len(behind) else float("nan")
                told.append(short_gap_sentence(names[other], gap))
            else:
                told.append(bother_sentence(self.gain(other), names[other], minutes))
        return told

    def _predicted(self, candidate: int) -> str:
        draws = self.prediction.draws
        if self.basis == "nothing":
            return CLOSE
        better = float((draws[:, candidate] > draws[:, self.start]).mean())
        return CLOSE if better >= CHANCE else WORSE


def conclude(plan: Plan, trained: Trained, prediction: Prediction, costs: Floats) -> Conclusion:
    """Choose the candidate to start from, and say what to expect of it.

    Started from is one of which a whole training is known, once there is any. What to expect is
    corrected for all choices on the way there: for each fold they are made again without it, also
    which candidates went on to whole trainings.

    Args:
        plan: What was verified.
        trained: What was trained, candidates in the order of the plan.
        prediction: What was predicted, in the same order.
        costs: Of each candidate.
    """
    whole, table = trained.whole, trained.filled[trained.told]
    seen = table if len(table) else trained.filled[:1]
    standing = standings(plan, seen, whole)
    start = pick(standing, costs, trained.able)
    chosen = None
    if len(table):
        chosen = choose(
            table / 100,
            lambda some: pick(
                standings(plan, 100 * some, whole),
                costs,
                np.asarray(np.isfinite(some).any(axis=0)),
            ),
            test_share=plan.test_share,
        )
        own = trained.measured[trained.told, start]
        chosen = replace(chosen, index=start, uncorrected=float(own[np.isfinite(own)].mean() / 100))
    return Conclusion(
        plan=plan,
        trained=trained,
        prediction=prediction,
        start=start,
        standing=standing,
        chosen=chosen,
    )


def record(judged: Mapping[str, Judged] | None, always: str) -> str:
    """How often the rule was right on the atlas.

    Args:
        judged: Of `warmstart.recommendation.evaluation`; ``None`` where nothing can be judged.
        always: The source taken every time.
    """
    if judged is None:
        nothing = float("nan")
        return evidence_sentence(nothing, nothing, nothing, targets=0)
    regret = judged["regret"]
    lost = regret.mean(f"always {always}")[0]
    return evidence_sentence(
        *regret.mean(RULE), targets=len(set(regret.targets)), always=always, always_lost=lost
    )


def nearest(prediction: Prediction) -> str:
    """What the target is like; empty where that is not known."""
    names = ", ".join(dict.fromkeys(prediction.nearest))
    if prediction.seen is False:
        return (
            "Nothing like this target is in the atlas, so predictions are less sure; "
            f"least unlike: {names}."
        )
    return f"Most alike in the atlas: {names}." if names else ""


def _compared(differences: Floats, test_share: float) -> str:
    known = differences[np.isfinite(differences)]
    if not len(known):
        return CLOSE
    low, _ = corrected_resampled_interval(known, test_share)
    return WORSE if low > 0 else CLOSE  # NaN: too little is known to tell
