"""One target under recommendation: what is verified, and the answer it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warmstart.analysis.action_sentences import needs_clause
from warmstart.analysis.needed import groups_needed, hours_needed
from warmstart.analysis.predictions import Predictions
from warmstart.core.durations import duration
from warmstart.data.checks import class_counts
from warmstart.metrics import METRICS
from warmstart.metrics.arrays import Floats
from warmstart.recommendation.answer import Ranked, Recommendation
from warmstart.recommendation.choice import Trained
from warmstart.recommendation.conclusion import (
    CLOSE,
    Conclusion,
    conclude,
    nearest,
    record,
)
from warmstart.recommendation.demands import demands
from warmstart.recommendation.evaluation import Judged, evaluate
from warmstart.recommendation.offers import Offers
from warmstart.recommendation.places import Place
from warmstart.recommendation.prediction import Prediction
from warmstart.recommendation.rule import others
from warmstart.recommendation.spread import fold_noise
from warmstart.recommendation.starting_points import StartingPoint
from warmstart.recommendation.trial_study import SHORT
from warmstart.recommendation.trials import ROUNDS, Trials
from warmstart.recommendation.verification import Plan, state
from warmstart.studies.config import FULL, RANDOM
from warmstart.studies.first_look import FirstLook

ALWAYS = "imagenet"
"""The source that is taken without thinking."""
BIAS = (1.5, 0.0)
"""Standard deviation, in AUC points, by which short and whole trainings miss what counts."""
MIN_DOUBT = 0.1
"""Of a prediction, in AUC points."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A target with its starting points, the most promising first.

    Attributes:
        points: Starting points.
        offers: What was asked for.
        prediction: What was predicted, in the order of the points.
        plan: What is to be verified, in the same order.
        costs: Floating-point operations of one image's way through each.
        trials: What was trained, and what trains more.
    """

    points: tuple[StartingPoint, ...]
    offers: Offers
    prediction: Prediction
    plan: Plan
    costs: Floats
    trials: Trials

    @classmethod
    def of(cls, offers: Offers, prediction: Prediction, trials: Trials) -> "Case":
        """Put the most promising first; of equals, the cheapest."""
        costs = np.array([_operations(point, trials) for point in offers.points], np.float64)
        order = [int(i) for i in np.lexsort([costs, -np.round(prediction.expected, 9)])]
        points = tuple(offers.points[i] for i in order)
        prediction = prediction.ordered(order)
        known = np.isfinite(prediction.draws).all()
        plan = Plan(
            candidates=tuple(point.name for point in points),
            expected=prediction.gains if known else np.zeros(len(points)),
            doubt=_doubt(prediction) if known else np.full(len(points), np.inf),
            noise=_noise(trials),
            bias=BIAS,
            folds=trials.study.protocol.folds,
            epochs=tuple(range(1, len(ROUNDS) + 1)),
            test_share=1 / (trials.study.protocol.folds - 1),
        )
        return cls(
            points=points,
            offers=offers,
            prediction=prediction,
            plan=plan,
            costs=costs[order],
            trials=trials,
        )

    def verify(self) -> str:
        """Train as far as the budget goes; return what it did not allow, in words."""
        cut = self.trials.verify(self.plan)
        whole = self._train_whole(self.conclusion.start)
        while all(whole) and (more := self._untold(self.conclusion)) is not None:
            whole = self._train_whole(more)
        if not any(whole) and not np.isfinite(self.trained.short).any():
            return (
                "The budget leaves no time for any training (looking and scoring count too); the "
                f"shortest takes about {duration(self.trials.shortest(self.plan))}."
            )
        if cut or not all(whole):
            return "The budget ended before everything that would help was trained."
        return ""

    def _train_whole(self, candidate: int) -> list[bool]:
        """Train one on all folds; of each fold, whether the budget allowed it."""
        name = self.plan.candidates[candidate]
        return [self.trials.train(name, FULL, fold) for fold in range(self.plan.folds)]

    def _untold(self, found: Conclusion) -> int | None:
        """What is to be trained whole next, to say what is gained over what takes no thought.

        The start itself first: it may have changed with what was trained.
        """
        full = self.trained.full
        for one in (found.start, self._of(ALWAYS, found), self._of(RANDOM, found)):
            if one is not None and not all(
                self.trials.score(self.plan.candidates[one], FULL, fold) is not None
                for fold in range(len(full))
            ):
                return one
        return None

    @property
    def trained(self) -> Trained:
        """What trainings have come to."""
        names = self.plan.candidates
        told = state(self.plan, self.trials.done(self.plan))
        return Trained(
            short=self.trials.table(names, SHORT),
            full=self.trials.table(names, FULL),
            ruled_out=told.ruled_out,
        )

    @property
    def conclusion(self) -> Conclusion:
        """What follows from it."""
        return conclude(self.plan, self.trained, self.prediction, self.costs)

    def answer(
        self,
        look: FirstLook,
        measures: pd.DataFrame,
        judged: Mapping[str, Judged] | None,
        cut: str,
    ) -> Recommendation:
        """Say it.

        Args:
            look: The target at a first look.
            measures: Of the target.
            judged: How the rule did on the atlas.
            cut: What the budget did not allow; may be empty.
        """
        found = self.conclusion
        unit = "image" if look.dataset.groups is None else "group"
        sentences = [
            found.action(self._needs(found, unit)),
            *found.expectations(self._of(ALWAYS, found), self._of(RANDOM, found), self._minutes()),
            record(judged, ALWAYS),
            nearest(self.prediction),
            cut,
        ]
        middle = found.standing
        ends = sorted(range(len(self.points)), key=lambda i: (i != found.start, -middle[i]))
        dataset = self.trials.ready.inputs.datasets[look.dataset.name]
        notes = (look.parts.sentence, *look.dataset.notes, *dataset.warnings)
        recipe = self.trials.run(self.points[found.start].name, FULL, 0).recipe
        size = self.trials.study.finetune["image_size"]
        return Recommendation(
            target=look.dataset.name,
            facts=look.facts,
            notes=tuple(note for note in notes if note),
            ranked=tuple(self._ranked(i, found, measures) for i in ends),
            missing=tuple(
                (one, demands(one.point, recipe, wanted=size)) for one in self.offers.missing
            ),
            parts=look.parts,
            basis=found.basis,
            sentences=tuple(sentence for sentence in sentences if sentence),
            chosen=found.chosen,
            metric=self.trials.study.protocol.metric,
            folder=self.trials.options.out,
        )

    def _ranked(self, place: int, found: Conclusion, measures: pd.DataFrame) -> Ranked:
        point = self.points[place]
        run = self.trials.run(point.name, FULL, 0)
        low, high = self.prediction.interval[:, place]
        own = measures[
            (measures["source"] == point.source) & (measures["network"] == point.network)
        ]
        short = found.only_short(place) or not found.trained.any_full
        column = (found.trained.short if short else found.trained.full)[:, place]
        known = column[np.isfinite(column)]
        return Ranked(
            point=point,
            demands=demands(point, run.recipe, wanted=run.recipe.image_size, weights=run.weights),
            operations=float(self.costs[place]),
            low=float(low),
            gain=float(self.prediction.gains[place]),
            high=float(high),
            best=float(self.prediction.best[place]),
            within=float(self.prediction.within[place]),
            scores=dict(zip(own["measure"], own["value"].astype(float), strict=True)),
            auc=float(known.mean() / 100) if len(known) else float("nan"),
            folds=len(known),
            short=short and bool(len(known)),
            verdict=found.verdict(place),
        )

    def _of(self, source: str, found: Conclusion) -> int | None:
        """The candidate of a source; of several the start, or else the best that can be taken."""
        own = [i for i, p in enumerate(self.points) if p.source.casefold() == source]
        whole = found.trained.whole
        return max(own, key=lambda i: (i == found.start, whole[i], found.standing[i]), default=None)

    def _minutes(self) -> float:
        """Time the trainings took; NaN where there are none."""
        place = self.trials.place
        runs = [run for run in self.trials.ready.runs if run.kind == "finetune"]
        outcomes = [place.outcome(run.key) for run in runs]
        took = [float(outcome["seconds"]) for outcome in outcomes if outcome]
        return sum(took) / 60 if took else float("nan")

    def _needs(self, found: Conclusion, unit: str) -> str:
        """What it takes to tell the start from the others that may be as good."""
        close = [i for i in range(len(self.points)) if found.verdict(i) == CLOSE]
        full = found.trained.full
        rivals = [i for i in close if np.isfinite(full[:, [found.start, i]]).all()]
        if found.chosen is None or not rivals:
            return ""
        rng = np.random.default_rng(0)
        metric = METRICS[self.trials.study.protocol.metric]
        own = self._predictions(found.start)
        needed = [groups_needed(own, self._predictions(rival), metric, rng=rng) for rival in rivals]
        hardest = max(needed, key=lambda one: np.nan_to_num(one.more, nan=-1.0))
        hours = [self._hours(full, found.start, rival) for rival in rivals]
        names = [found.titles[rival] for rival in rivals]
        return needs_clause(hardest, max(hours), rivals=names, close=len(close), unit=unit)

    def _hours(self, full: Floats, first: int, second: int) -> float:
        names = [self.plan.candidates[i] for i in (first, second)]
        took = sum(self.trials.took(name, FULL) for name in names)
        return hours_needed(
            (full[:, first] - full[:, second]) / 100,
            test_share=self.plan.test_share,
            per_repeat=self.plan.folds,
            minutes=took / 60,
        )

    def _predictions(self, candidate: int) -> list[Predictions]:
        """Out-of-fold predictions of whole trainings, one per fold."""
        name = self.plan.candidates[candidate]
        return [self.trials.predictions(name, FULL, fold) for fold in range(self.plan.folds)]


def _operations(point: StartingPoint, trials: Trials) -> int:
    from warmstart.models.cost import forward_flops  # loads PyTorch

    return forward_flops(point.network, trials.run(point.name, FULL, 0).recipe.image_size)


def judge(
    places: Sequence[Place], points: Sequence[StartingPoint], target: str
) -> Mapping[str, Judged] | None:
    """How the rule does on the targets of the atlas that know one of the starting points.

    It learns from all others, as for the prediction. ``None`` where there are no two targets of
    different origin. The target itself, if it is there, has no part in it, as it has none in the
    prediction.
    """
    own = tuple(point.candidate for point in points)
    known = others(places, Place(target=target, origin=target, candidates=own, scores={}))
    ranked = [p for p in known if len(p.candidates) > 1 and p.tried(own)]
    several = len({place.origin.casefold() for place in ranked}) > 1
    return evaluate(known, always=ALWAYS, on=ranked) if several else None


def _doubt(prediction: Prediction) -> Floats:
    """Standard deviation of what is predicted; a lone candidate has none."""
    return np.asarray(np.maximum(prediction.draws.std(axis=0), MIN_DOUBT), dtype=np.float64)


def _noise(trials: Trials) -> float:
    """Standard deviation of the score of one training on one fold, in AUC points."""
    dataset = trials.ready.inputs.datasets[trials.target]
    counts, folds = class_counts(dataset).tolist(), trials.study.protocol.folds
    return fold_noise(counts, len(dataset), folds, multilabel=dataset.multilabel)
