"""A small study whose numbers are made, not trained."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from warmstart.metrics import classification_metrics, multilabel_metrics

KEY = ["network", "source", "arm", "target", "seed", "fold"]


@dataclass
class Study:
    results: pd.DataFrame
    predictions: dict
    runs: pd.DataFrame


def frame(labels, scores, fold):
    n = len(labels)
    table = pd.DataFrame({"image": np.arange(n), "path": [f"{fold}/{i}.png" for i in range(n)]})
    table["group"] = [f"f{fold}p{i // 3}" for i in range(n)]
    if labels.ndim == 1:
        table["label"] = labels
    else:
        table[[f"label_{j}" for j in range(labels.shape[1])]] = labels
    table[[f"score_{j}" for j in range(scores.shape[1])]] = scores
    return table


def single(rng, skill, n, classes):
    labels = rng.integers(classes, size=n)
    scores = np.exp(rng.normal(size=(n, classes)) + skill * np.eye(classes)[labels])
    return labels, scores / scores.sum(axis=1, keepdims=True)


def several(rng, skill, n, width):
    labels = rng.integers(2, size=(n, width)).astype(float)
    scores = 1 / (1 + np.exp(-rng.normal(size=(n, width)) - skill * (labels - 0.5)))
    labels[rng.random((n, width)) < 0.1] = np.nan
    return labels, scores


def build(make, targets=("lesions",), sources=("photos", "random", "textures"), **sizes):
    folds, n, width = sizes.get("folds", 3), sizes.get("n", 60), sizes.get("width", 3)
    rows, predictions, runs = [], {}, []
    for target in targets:
        for place, source in enumerate(sources):
            for fold in range(folds):
                rng = np.random.default_rng([place, fold])
                key = ("net", source, "full", target, 0, fold)
                labels, scores = make(rng, 1.5 - 0.4 * place, n, width)
                predictions[key] = frame(labels, scores, fold)
                runs.append(("finetune", *key, "done", True, True))
                rows += [(*key, *row, 2 * n, n) for row in measured(labels, scores)]
    columns = [*KEY, "label", "metric", "value", "n_train", "n_test"]
    states = ["kind", *KEY, "state", "converged", "chosen"]
    return Study(
        pd.DataFrame(rows, columns=columns), predictions, pd.DataFrame(runs, columns=states)
    )


def measured(labels, scores):
    if labels.ndim == 2:
        return multilabel_metrics(labels, scores, ["zeta", "alpha", "mid"][: labels.shape[1]])
    return [("", name, value) for name, value in classification_metrics(labels, scores).items()]


@pytest.fixture
def study():
    return build(single)


@pytest.fixture
def binary_study():
    return build(single, width=2)


@pytest.fixture
def label_study():
    return build(several)
