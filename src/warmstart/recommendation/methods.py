"""A paragraph for the paper: what was done, from facts only."""

import importlib.metadata
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from warmstart.analysis.assessment import RESAMPLES
from warmstart.analysis.chosen import Chosen
from warmstart.analysis.practical import COUNTS
from warmstart.core.text import counted
from warmstart.data.checks import class_counts
from warmstart.data.dataset import Dataset
from warmstart.metrics import METRICS
from warmstart.recommendation.answer import Ranked, Recommendation
from warmstart.recommendation.case import Case
from warmstart.recommendation.model import Model
from warmstart.recommendation.prediction_sentences import MOST_NAMES, named, rests_on
from warmstart.studies.config import FULL
from warmstart.studies.plan import PlannedRun
from warmstart.training.recipe import Recipe

PACKAGES = {"warmstart": "Warmstart", "torch": "PyTorch", "timm": "timm"}
_AUGMENTED = {
    "light": "light augmentation (rotations up to 10 degrees, shifts up to a tenth, flips)",
    "none": "no augmentation",
}
_OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD with momentum 0.9"}
_FIT = {"squash": "resized", "crop": "cropped to the centre square", "pad": "padded to a square"}


def methods(found: Recommendation, case: Case, model: Model | None, trainings: pd.DataFrame) -> str:
    """Write the paragraph.

    Args:
        found: The answer.
        case: What it rests on.
        model: The whole trainings of the start; ``None`` without any.
        trainings: All that were done, of `warmstart.recommendation.trainings_done`.
    """
    study = case.trials.study
    dataset = case.trials.ready.inputs.datasets[found.target]
    run = case.trials.run(found.start.point.name, FULL, 0)
    done = trainings[trainings["failed"] == ""]
    whole = bool((done["training"] == "whole").any())
    sentences = [
        _asked(found.target, dataset, versions(model)),
        *filter(None, [found.parts.sentence]),
        *_candidates(found, case),
        _verified(done, found, case),
        *_rule(found, whole=whole),
        _started(found.start, run),
    ]
    if len(done):
        sentences += [
            *_recipe(run.recipe, study.seeds),
            *_split(found, dataset, case),
            *_result(found, whole=whole, dataset=dataset),
        ]
    if model is not None:
        sentences.append(_intervals(model))
    return " ".join(sentences)


def versions(model: Model | None) -> dict[str, str]:
    """Versions of packages: those the model was trained with, else those that are here."""
    if model is not None:
        return {name: model.versions[name] for name in PACKAGES}
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def _asked(target: str, dataset: Dataset, packages: dict[str, str]) -> str:
    *others, last = (f"{PACKAGES[name]} {version}" for name, version in packages.items())
    told = f"{', '.join(others)} and {last}"
    counts, kind = class_counts(dataset).tolist(), "labels" if dataset.multilabel else "classes"
    if len(counts) > MOST_NAMES:
        low, high = f"{min(counts):,}", f"{max(counts):,}"
        classes = f" of {low if low == high else f'{low} to {high}'} images"
    else:
        named = zip(dataset.classes, counts, strict=True)
        classes = ": " + ", ".join(f"{name} {count:,}" for name, count in named)
    groups = "" if dataset.groups is None else f" of {len(np.unique(dataset.groups)):,} groups"
    return (
        f"Starting points for fine-tuning on {target} ({len(dataset):,} images{groups}; "
        f"{len(dataset.classes)} {kind}{classes}) were compared with {told}."
    )


def _candidates(found: Recommendation, case: Case) -> Iterator[str]:
    points = [row.point for row in found.ranked]
    noun = "starting point was" if len(points) == 1 else "starting points were"
    names = named([point.name for point in points])
    yield f"{len(points)} {noun} considered, each a network and its initial weights: {names}."
    if len(points) > 1 and np.isfinite(case.prediction.draws).all():
        yield rests_on(points, [row.scores for row in found.ranked], case.prediction.rule)


def _verified(done: pd.DataFrame, found: Recommendation, case: Case) -> str:
    several = len(found.ranked) > 1
    if done.empty:
        predicted = ": the choice is a prediction" if several and found.basis == "predicted" else ""
        return f"Nothing was trained on the images{predicted}."
    told = " and ".join(
        f"{counted(len(rows), f'{kind} training')} ({_epochs(rows, case)})"
        for kind, rows in done.groupby("training", sort=True)  # short ones come first
    )
    if not several:
        return f"On the images there were {told}."
    return (
        f"They were verified by {told}, fold after fold: by successive halving, with starting "
        "points given up as soon as an anytime-valid test of paired differences at 5 % ruled them "
        "out."
    )


def _rule(found: Recommendation, *, whole: bool) -> Iterator[str]:
    """How the start was chosen among several; nothing where nothing told them apart."""
    if len(found.ranked) == 1 or found.basis == "nothing":
        return
    near = f"at most {COUNTS:g} AUC points below the best"
    if found.basis == "predicted":
        yield f"The start is the cheapest, in operations per image, of those predicted {near}."
        return
    whole_ones = "trained whole and " if whole else ""
    yield (
        f"The start is the cheapest, in operations per image, of those {whole_ones}{near}; "
        "differences are those of trainings and of the prediction, weighted by the inverse of "
        "their variances."
    )


def _epochs(rows: pd.DataFrame, case: Case) -> str:
    """How long trainings of one kind were; of short ones, beside whole ones of the same start."""
    pairs = {
        (int(own), case.trials.run(start, FULL, fold).recipe.epochs)
        for start, fold, own in zip(rows["start"], rows["fold"], rows["epochs"], strict=True)
    }
    lengths = [str(own) if own == full else f"{own} of {full}" for own, full in sorted(pairs)]
    return f"{' or '.join(lengths)} epoch{'' if lengths == ['1'] else 's'}"


def _started(start: Ranked, run: PlannedRun) -> str:
    point = start.point
    if run.weights is None and run.needs is None:
        return f"{point.network} from random initialisation was chosen."
    if run.weights is None:
        return f"{point.network}, pretrained on {point.source} in the same study, was chosen."
    learned = f"trained on {point.trained_on}; " if point.trained_on else ""
    licence = run.weights.licence or point.licence or "not stated"
    return (
        f"{point.network} with weights of {point.source} ({learned}{run.weights.origin}; licence: "
        f"{licence}) was chosen."
    )


def _recipe(recipe: Recipe, seeds: Sequence[int]) -> Iterator[str]:
    size = recipe.image_size
    yield f"Images were {_FIT[recipe.fit]} to {size} x {size} pixels."
    augmented = _AUGMENTED.get(recipe.augment, f"augmentation {recipe.augment!r}")
    decay = f"weight decay {recipe.weight_decay:g}" if recipe.weight_decay else "no weight decay"
    balanced = recipe.class_weights != "none"
    yield (
        f"All weights were fine-tuned with {_OPTIMIZERS[recipe.optimizer]} (learning rate "
        f"{recipe.learning_rate:g}, {recipe.schedule.replace('_', ' ')} schedule, batches of "
        f"{recipe.batch_size}, {decay}, dropout {recipe.dropout:g}), {augmented} and "
        f"{'a loss weighted to balance classes' if balanced else 'an unweighted loss'}; no "
        f"hyperparameter was tuned, and no training was stopped early (seed {seeds[0]})."
    )


def _split(found: Recommendation, dataset: Dataset, case: Case) -> Iterator[str]:
    folds = case.plan.folds
    together = "" if dataset.groups is None else "; images of one group stay in one fold"
    yield (
        f"Images were split into {folds} stratified folds{together}; each fold is the test part "
        "of trainings on the others."
    )
    leaks = case.trials.ready.inputs.leaks
    apart = sum(leak.other == found.target and not leak.joined for leak in leaks)
    if apart:
        noun = "pair of images that shows" if apart == 1 else "pairs of images that show"
        yield f"{apart} {noun} the same picture may lie on both sides of a split."


def _result(found: Recommendation, *, whole: bool, dataset: Dataset) -> Iterator[str]:
    chosen = found.chosen
    if chosen is None:
        return
    title = METRICS[found.metric].title
    if dataset.multilabel:
        title = f"mean {title} over labels"
    elif len(dataset.classes) > 2 and found.metric == "auc_weighted_ovr":
        title = f"one-vs-rest {title}, weighted by prevalence,"
    after = "" if whole else " after short trainings"
    if np.isnan(chosen.corrected):
        yield (
            f"The {title}{after} to expect is not given: it cannot be corrected for having chosen "
            f"({chosen.reason})."
        )
        return
    yield f"The {title}{after} to expect is {_value(chosen)}."


def _value(chosen: Chosen) -> str:
    folds = int(np.isfinite(chosen.per_fold).sum())
    ends = ""
    if np.isfinite([chosen.low, chosen.high]).all():
        ends = (
            f" (95 % interval {chosen.low:.3f} to {chosen.high:.3f}; corrected resampled t over "
            f"{folds} folds, Nadeau and Bengio 2003; what varies is the split into training and "
            "test part)"
        )
    if chosen.candidates == 1:
        return f"{chosen.corrected:.3f}{ends}"
    return (
        f"{chosen.corrected:.3f}{ends}, corrected for having chosen among {chosen.candidates}: for "
        "each fold the choice was made again without looking at it. Uncorrected it is "
        f"{chosen.uncorrected:.3f}"
    )


def _intervals(model: Model) -> str:
    done = len(model.folders)
    part = "" if done == model.folds else f" of {model.folds}, as far as the budget went"
    return (
        f"Out-of-fold predictions of the chosen start are of {counted(done, 'fold')}{part}; "
        "intervals of what they come to per class are 95 % bootstrap intervals "
        f"({RESAMPLES:,} resamples) over groups of test images, trained networks and folds kept "
        "as they are."
    )
