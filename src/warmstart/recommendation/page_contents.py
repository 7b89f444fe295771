"""What the page of a recommendation shows, gathered."""

import datetime
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from warmstart.analysis.comparison import corrected_resampled_interval
from warmstart.analysis.practical import COUNTS
from warmstart.metrics import METRICS
from warmstart.recommendation.answer import Ranked, Recommendation
from warmstart.recommendation.case import ALWAYS, Case
from warmstart.recommendation.evaluation import RULE, Judged
from warmstart.recommendation.evaluation_lines import TITLES
from warmstart.recommendation.methods import versions
from warmstart.recommendation.model import Model
from warmstart.recommendation.prediction_sentences import used_measures
from warmstart.reports.answer_contents import AnswerContents
from warmstart.studies.samples import leak_pictures

MEASURES = ("knn", "linear_probe")
"""Those that the ranking shows; ``measures.csv`` holds all."""


def page_contents(
    found: Recommendation,
    case: Case,
    judged: Mapping[str, Judged] | None,
    model: Model | None,
    *,
    trainings: pd.DataFrame,
    methods: str,
    about: tuple[str, ...],
) -> AnswerContents:
    """Gather what the page shows.

    Args:
        found: The answer.
        case: What it rests on.
        judged: How the rule did on the atlas.
        model: The whole trainings of the start.
        trainings: Those done, of `warmstart.recommendation.trainings_done`.
        methods: The paragraph for the paper.
        about: What must be known of the model.
    """
    leaks = case.trials.ready.inputs.leaks
    return AnswerContents(
        target=found.target,
        created=datetime.date.today().isoformat(),
        score=METRICS[found.metric].title,
        sentences=found.sentences,
        ranking=_ranking(found, trainings, case.plan.test_share),
        missing=pd.DataFrame(
            [(one.point.name, one.needs) for one, _ in found.missing],
            columns=["start", "would need"],
        ),
        facts=[fact for fact in found.facts if not fact.startswith("Note: ")],
        notes=found.notes,
        leaks=len(leaks),
        leak_pictures=[(caption, picture) for _, caption, picture in leak_pictures(leaks)],
        trainings=trainings,
        assessment=None if model is None else model.assessment,
        opening="" if model is None else model.opening,
        about=about,
        record=tuple(_record(judged)),
        judged=_judged(judged),
        weights=_weights(found, case),
        methods=methods,
        versions=versions(model),
    )


def _ranking(found: Recommendation, trainings: pd.DataFrame, share: float) -> pd.DataFrame:
    return pd.DataFrame([_row(row, trainings, share) for row in found.ranked])


def _row(row: Ranked, trainings: pd.DataFrame, share: float) -> dict[str, object]:
    kind = "short" if row.short else "whole"
    own = trainings[(trainings["start"] == row.point.name) & (trainings["training"] == kind)]
    values = own["value"].dropna().to_numpy(dtype=np.float64)
    low, high = float("nan"), float("nan")
    if len(values):
        low, high = np.clip(corrected_resampled_interval(values, share), 0, 1)
    return {
        "start": row.point.name,
        "verdict": row.verdict,
        "auc": row.auc,
        "low": low,
        "high": high,
        "trainings": f"{row.folds} {kind}" if row.folds else "",
        "predicted": row.gain,
        "predicted_low": row.low,
        "predicted_high": row.high,
        "best": row.best,
        "within": row.within,
        **{name: row.scores.get(name, float("nan")) for name in MEASURES},
        "gflop": row.operations / 1e9,
        "licence": row.point.licence,
    }


def _record(judged: Mapping[str, Judged] | None) -> Iterator[str]:
    if judged is None:
        return
    regret = judged["regret"]
    near = {way: int((lost <= COUNTS).sum()) for way, lost in regret.values.items()}
    yield (
        f"On {len(regret.targets)} targets of the atlas, each predicted from those of other "
        f"origins, the start that this rule named was within {COUNTS:g} AUC points of the best "
        f"on {near[RULE]}; always {ALWAYS} was on {near[f'always {ALWAYS}']}."
    )


def _judged(judged: Mapping[str, Judged] | None) -> pd.DataFrame:
    rows = [
        (TITLES[quantity], way, *table.mean(way))
        for quantity, table in (judged or {}).items()
        for way in table.values
    ]
    return pd.DataFrame(rows, columns=["quantity", "way to choose", "mean", "low", "high"])


def _weights(found: Recommendation, case: Case) -> pd.DataFrame:
    """What the prediction rests on; weights of measures that were not known here are left out."""
    rule = case.prediction.rule
    used = used_measures([row.scores for row in found.ranked], rule)
    rows = [("experience with other targets", rule.trust)]
    rows += [(name, rule.weights[name]) for name in used]
    return pd.DataFrame(rows, columns=["speaks for a start", "weight"])
