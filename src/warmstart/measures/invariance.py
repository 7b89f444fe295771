"""What changes of the data leave a measure the same, found by trying."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from warmstart.measures.checks import Floats, Ints
from warmstart.measures.measure import Measure, Need

TOLERANCE = 1e-6
"""Relative difference up to which values are the same."""
_KNOWN: tuple[Need, ...] = ("features", "labels", "source_probabilities", "activations")


@dataclass(frozen=True, eq=False)
class Data:
    """One dataset, in all the forms that measures need.

    Attributes:
        features: Shape (n, d).
        labels: Class of each image, shape (n,).
        probabilities: Shape (n, z).
    """

    features: Floats
    labels: Ints
    probabilities: Floats

    def argument(self, need: Need) -> Floats | Ints:
        """The array a measure asks for."""
        if need == "labels":
            return self.labels
        return self.probabilities if need == "source_probabilities" else self.features

    def of_images(self, rows: Ints) -> "Data":
        """Some of the images."""
        return Data(self.features[rows], self.labels[rows], self.probabilities[rows])


def made_up(seed: int, n: int = 60, d: int = 10, classes: int = 3) -> Data:
    """Features of overlapping classes of unequal size, and probabilities that go with them."""
    rng = np.random.default_rng(seed)
    labels = np.minimum(np.arange(n) * 2 * classes // n, classes - 1)  # the last one is frequent
    centres = np.random.default_rng(0).normal(size=(classes, d))
    features = np.maximum(centres[labels] + rng.normal(size=(n, d)) * np.linspace(0.5, 1.5, d), 0)
    logits = features @ np.random.default_rng(1).normal(size=(d, 2 * classes))
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return Data(features, labels, exponents / exponents.sum(axis=1, keepdims=True))


def _with_features(change: Callable[[Floats], Floats]) -> Callable[[Data], Data]:
    return lambda data: replace(data, features=change(data.features))


def _rotation(d: int) -> Floats:
    return np.asarray(np.linalg.qr(np.random.default_rng(2).normal(size=(d, d)))[0])


def _shuffled(data: Data) -> Data:
    return data.of_images(np.random.default_rng(3).permutation(len(data.labels)))


CHANGES: Mapping[str, Callable[[Data], Data]] = {
    "order of images": _shuffled,
    "names of classes": lambda data: replace(data, labels=7 - 3 * data.labels),
    "every image twice": lambda data: data.of_images(np.repeat(np.arange(len(data.labels)), 2)),
    "features x 10": _with_features(lambda x: 10 * x),
    "features + 5": _with_features(lambda x: x + 5),
    "rotation": _with_features(lambda x: x @ _rotation(x.shape[1])),
    "one feature x 10": _with_features(lambda x: x * np.where(np.arange(x.shape[1]) == 1, 10, 1)),
    "features doubled": _with_features(lambda x: np.hstack([x, x])),
    "constant feature added": _with_features(
        lambda x: np.pad(x, ((0, 0), (0, 1)), constant_values=2)
    ),
}
_OF_FEATURES = tuple(CHANGES)[3:]


@cache
def invariances(measure: Measure) -> Mapping[str, bool | None]:
    """Whether each change leaves the value the same; `None` where it does not concern the measure.

    Changes are made to all datasets of a measure alike. Empty for a measure that needs arrays
    which are not made up here.
    """
    if not can_be_tried(measure):
        return {}
    before, found = value_on(measure, lambda data: data), dict[str, bool | None].fromkeys(CHANGES)
    for name, change in CHANGES.items():
        if _concerns(name, measure):
            difference = abs(value_on(measure, change) - before)
            found[name] = difference <= TOLERANCE * max(abs(before), TOLERANCE)
    return found


def can_be_tried(measure: Measure) -> bool:
    """Whether the arrays that a measure needs are made up here."""
    return set(measure.needs) <= set(_KNOWN)


def value_on(measure: Measure, change: Callable[[Data], Data]) -> float:
    """The value on made-up data, one dataset or two, after a change."""
    number = measure.needs.count(measure.needs[0])
    needs = measure.needs[: len(measure.needs) // number]
    datasets = [change(made_up(seed)) for seed in range(1, 1 + number)]
    return float(measure.compute(*(data.argument(need) for data in datasets for need in needs)))


def _concerns(change: str, measure: Measure) -> bool:
    if change == "names of classes":
        return "labels" in measure.needs
    return change not in _OF_FEATURES or not {"features", "activations"}.isdisjoint(measure.needs)
