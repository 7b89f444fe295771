"""Everything the page of a recommendation shows; whoever fills it loads files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from warmstart.analysis.assessment import Assessment


@dataclass(frozen=True, kw_only=True, eq=False)
class AnswerContents:
    """One recommendation, ready to be shown.

    Attributes:
        target: Name of the target.
        created: The date, without a time.
        score: What the metric is called.
        sentences: The answer, in the order in which it is to be read.
        ranking: A row per starting point that was looked at.
        missing: A row per starting point that was not, and what it would need.
        facts: What a first look at the target tells.
        notes: What a reader must know of it.
        leaks: How many pairs of images show the same picture.
        leak_pictures: What some of these pairs are, and both images as one PNG.
        trainings: A row per training, as in `warmstart.recommendation.trainings_done`.
        assessment: Out-of-fold predictions of the start; ``None`` without whole trainings.
        opening: Lines of Python that load the model; empty where there is none.
        about: What must be known of the model.
        record: How often the rule was right, in sentences.
        judged: A row per quantity it was judged by and way to choose.
        weights: A row per measure that the prediction rests on.
        methods: The paragraph for the paper.
        versions: Package name to version.
    """

    target: str
    created: str
    score: str
    sentences: Sequence[str]
    ranking: pd.DataFrame
    missing: pd.DataFrame
    facts: Sequence[str]
    notes: Sequence[str]
    leaks: int
    leak_pictures: Sequence[tuple[str, bytes]]
    trainings: pd.DataFrame
    assessment: Assessment | None
    opening: str
    about: Sequence[str]
    record: Sequence[str]
    judged: pd.DataFrame
    weights: pd.DataFrame
    methods: str
    versions: Mapping[str, str]
