"""What changes of the data leave a measure the same, found by trying."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.errors import DataError
from warmstart.measures.checks import Floats, Ints
from warmstart.measures.measure import Measure, Need

TOLERANCE = 1e-6
"""Relative difference up to which values are the same."""
_IMAGES, _FEATURES = 60, 10


@dataclass(frozen=True, eq=False)
class Data:
    """One dataset, in all the forms that measures need.

    Attributes:
        features: Shape (n, d).
        labels: Class of each image, shape (n,).
        probabilities: Shape (n, z).
        images: uint8, shape (n, 8, 8, 3).
        sizes: Native width and height, shape (n, 2).
    """

    features: Floats
    labels: Ints
    probabilities: Floats
    images: NDArray[np.uint8]
    sizes: Ints

    def argument(self, need: Need) -> NDArray[Any]:
        """The array a measure asks for."""
        return _ARGUMENTS[need](self)

    def of_images(self, rows: Ints) -> "Data":
        """Some of the images."""
        return Data(**{part.name: getattr(self, part.name)[rows] for part in fields(self)})


_ARGUMENTS: Mapping[Need, Callable[[Data], NDArray[Any]]] = {
    "features": lambda data: data.features,
    "labels": lambda data: data.labels,
    "source_probabilities": lambda data: data.probabilities,
    "activations": lambda data: data.features,
    # as Task2Vec: mean squares, here of the features in place of gradients
    "embedding": lambda data: np.square(data.features).mean(axis=0),
    "answers": lambda data: np.where(data.features > 1, "yes", "no"),
    "images": lambda data: data.images,
    "sizes": lambda data: data.sizes,
}


def made_up(seed: int, n: int = _IMAGES, d: int = _FEATURES, classes: int = 3) -> Data:
    """Features of overlapping classes of unequal size, and probabilities that go with them."""
    rng = np.random.default_rng(seed)
    labels = np.minimum(np.arange(n) * 2 * classes // n, classes - 1)  # the last one is frequent
    centres = np.random.default_rng(0).normal(size=(classes, d))
    features = np.maximum(centres[labels] + rng.normal(size=(n, d)) * np.linspace(0.5, 1.5, d), 0)
    logits = features @ np.random.default_rng(1).normal(size=(d, 2 * classes))
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return Data(
        features=features,
        labels=labels,
        probabilities=exponents / exponents.sum(axis=1, keepdims=True),
        images=rng.integers(0, 100 + 20 * seed, size=(n, 8, 8, 3), dtype=np.uint8),
        sizes=rng.integers(100, 100 + 300 * seed, size=(n, 2)),
    )


def _with_features(change: Callable[[Floats], Floats]) -> Callable[[Data], Data]:
    return lambda data: replace(data, features=change(data.features))


def _rotation(d: int) -> Floats:
    return np.asarray(np.linalg.qr(np.random.default_rng(2).normal(size=(d, d)))[0])


def _split(data: Data) -> Data:
    """Every class as two, one of its images in the one, the next in the other."""
    halves = np.arange(len(data.labels)) % 2
    return replace(data, labels=2 * data.labels + halves)


def _shuffled(data: Data) -> Data:
    return data.of_images(np.random.default_rng(3).permutation(len(data.labels)))


CHANGES: Mapping[str, Callable[[Data], Data]] = {
    "order of images": _shuffled,
    "names of classes": lambda data: replace(data, labels=7 - 3 * data.labels),
    "classes split in two": _split,
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
_OF_LABELS = ("names of classes", "classes split in two")
_OF_FEATURES = tuple(CHANGES)[4:]


@cache
def invariances(measure: Measure) -> Mapping[str, bool | None]:
    """Whether each change leaves the value the same; `None` where it does not concern the measure.

    Changes are made to all datasets of a measure alike. Empty for a measure that needs what is not
    made up here.
    """
    if not set(measure.needs) <= set(_ARGUMENTS):
        return {}
    before, found = value_on(measure, lambda data: data), dict[str, bool | None].fromkeys(CHANGES)
    for name, change in CHANGES.items():
        if _concerns(name, measure):
            found[name] = _same(value_on(measure, change), before)
    return found


@cache
def with_many_features(measure: Measure) -> str | None:
    """What becomes of a measure with more features than images; `None` where it has none.

    ``"a value"``, ``"any labels"`` if the value is the same for labels drawn at random, so that it
    says nothing, or ``"an error"``.
    """
    if {"features", "activations"}.isdisjoint(measure.needs):
        return None
    wide = {"n": _IMAGES // 2, "d": 2 * _IMAGES}
    try:
        value = value_on(measure, lambda data: data, **wide)
    except DataError:
        return "an error"
    if "labels" in measure.needs and _same(value_on(measure, _relabelled, **wide), value):
        return "any labels"
    return "a value"


def value_on(
    measure: Measure,
    change: Callable[[Data], Data],
    *,
    n: int = _IMAGES,
    d: int = _FEATURES,
) -> float:
    """The value on made-up data, one dataset or two, after a change."""
    number = measure.needs.count(measure.needs[0])
    needs = measure.needs[: len(measure.needs) // number]
    datasets = [change(made_up(seed, n, d)) for seed in range(1, 1 + number)]
    return float(measure.compute(*(data.argument(need) for data in datasets for need in needs)))


def _relabelled(data: Data) -> Data:
    return replace(data, labels=np.random.default_rng(4).permutation(data.labels))


def _same(value: float, before: float) -> bool:
    return abs(value - before) <= TOLERANCE * max(abs(before), TOLERANCE)


def _concerns(change: str, measure: Measure) -> bool:
    if change in _OF_LABELS:
        return "labels" in measure.needs
    of_features = {"features", "activations", "embedding"}
    return change not in _OF_FEATURES or not of_features.isdisjoint(measure.needs)
