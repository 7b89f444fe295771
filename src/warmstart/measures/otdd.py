"""Optimal transport dataset distance: images and what their labels mean, moved together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.annealed import annealed_cost, diameter_of
from warmstart.measures.checks import (
    Floats,
    Ints,
    check_choice,
    check_features,
    check_same_width,
)
from warmstart.measures.gaussians import fit_gaussian, squared_wasserstein
from warmstart.measures.labels import check_labels
from warmstart.measures.pairwise import squared_distances
from warmstart.measures.transport import entropic_cost, entropic_self_cost, exact_cost

LabelDistance = Literal["gaussian", "exact"]
Solver = Literal["exact", "sinkhorn", "published"]
T = TypeVar("T")


def otdd(
    features_a: ArrayLike,
    labels_a: ArrayLike,
    features_b: ArrayLike,
    labels_b: ArrayLike,
    *,
    label_distance: LabelDistance = "gaussian",
    solver: Solver = "exact",
    regularisation: float = 0.1,
) -> float:
    r"""Optimal transport dataset distance, half of its square.

    Moving an image costs :math:`\frac12 \|x - x'\|^2 + \frac12 W_2^2(\alpha_y, \alpha_{y'})`, where
    :math:`\alpha_y` is the distribution of the images of class :math:`y`; the distance is the cost
    of the cheapest plan. Label sets may differ, and names of classes do not matter.

    Args:
        features_a: Images of one dataset as vectors, shape (n, d).
        labels_a: Class of each, shape (n,). Any values; only equality counts.
        features_b: Images of the other, shape (m, d).
        labels_b: Class of each, shape (m,).
        label_distance: ``"gaussian"`` compares means and covariances of classes, in closed form; a
            class of one image has no spread. ``"exact"`` moves the images of one class to those of
            the other, with the same solver.
        solver: ``"exact"``, the network simplex, has nothing to tune and no bias to take away.
            ``"sinkhorn"`` adds entropy, is iterated until it converges, and takes away half of what
            each set costs to itself (debiased). ``"published"`` is the same, but stops where the
            published implementation does, which does not debias its exact label distances.
        regularisation: Weight of the entropy, in the unit of squared features; the exact solver
            uses none.

    Returns:
        0 or more, up to the tolerance of Sinkhorn's iteration; 0 for a set with itself, but for
        published exact label distances. Lower is more alike. In the unit of squared features:
        compare only distances of the same features.

    Raises:
        DataError: If arrays do not fit each other, are not finite, hold one class, or Sinkhorn's
            iteration does not converge.
        ConfigError: If the label distance or the solver is unknown.

    Example:
        >>> otdd([[0.0], [1.0]], [0, 1], [[0.0], [2.0]], [5, 3])
        0.5

    References:
        Alvarez-Melis and Fusi, "Geometric dataset distances via optimal transport", NeurIPS 2020.
    """
    check_choice(label_distance, get_args(LabelDistance), "otdd", "label_distance")
    check_choice(solver, get_args(Solver), "otdd", "solver")
    a = _labelled(features_a, labels_a, "a")
    b = _labelled(features_b, labels_b, "b")
    check_same_width(a.features, b.features)
    if not regularisation > 0:
        raise DataError(f"regularisation is {regularisation:g}; expected a number above 0.")
    distances = _gaussian if label_distance == "gaussian" else _EXACT[solver](regularisation)
    between = _cost(a, b, distances(a, b))
    if solver == "exact":
        return exact_cost(between)
    within = [_cost(one, one, distances(one, one)) for one in (a, b)]
    if solver == "sinkhorn":
        own = sum(entropic_self_cost(cost, regularisation) for cost in within)
        return entropic_cost(between, regularisation) - own / 2
    start = diameter_of(a.with_codes(0), b.with_codes(len(a.classes)))
    own = sum(annealed_cost(cost, regularisation, start) for cost in within)
    return annealed_cost(between, regularisation, start) - own / 2


@dataclass(frozen=True, eq=False)
class _Labelled:
    features: Floats
    codes: Ints

    @cached_property
    def classes(self) -> Sequence[Floats]:
        """The images of each class."""
        return [self.features[self.codes == code] for code in range(self.codes.max() + 1)]

    def with_codes(self, first: int) -> Floats:
        """The images with the number of their class as one more column."""
        return np.column_stack([self.features, self.codes + first])


_LabelDistances = Callable[[_Labelled, _Labelled], Floats]


def _labelled(features: ArrayLike, labels: ArrayLike, which: str) -> _Labelled:
    x = np.asarray(check_features(features, f"features_{which}"), np.float64)
    return _Labelled(x, check_labels(labels, len(x), f"labels_{which}"))


def _cost(a: _Labelled, b: _Labelled, of_labels: Floats) -> Floats:
    cost = squared_distances(a.features, b.features)
    if a is b:
        np.fill_diagonal(cost, 0.0)
    cost += of_labels[np.ix_(a.codes, b.codes)]
    cost /= 2
    return cost


def _gaussian(a: _Labelled, b: _Labelled) -> Floats:
    """Squared Wasserstein distances of classes as Gaussians: each class is factorised once."""
    of_a = [fit_gaussian(x) for x in a.classes]
    of_b = of_a if a is b else [fit_gaussian(x) for x in b.classes]
    return _table(of_a, of_b, squared_wasserstein)


def _between_images(compare: Callable[[Floats, Floats], float]) -> _LabelDistances:
    return lambda a, b: _table(a.classes, a.classes if a is b else b.classes, compare)


def _table(a: Sequence[T], b: Sequence[T], compare: Callable[[T, T], float]) -> Floats:
    """Compare all pairs; those of one set with itself once, and nothing with itself."""
    found = np.zeros((len(a), len(b)))
    for i, j in np.ndindex(found.shape):
        if a is not b:
            found[i, j] = max(0.0, compare(a[i], b[j]))
        elif i < j:
            found[i, j] = found[j, i] = max(0.0, compare(a[i], b[j]))
    return found


def _exact_of_images(regularisation: float) -> _LabelDistances:
    return _between_images(lambda x, y: exact_cost(squared_distances(x, y)))


def _debiased_of_images(regularisation: float) -> _LabelDistances:
    def compare(x: Floats, y: Floats) -> float:
        own = [entropic_self_cost(squared_distances(z, z), regularisation) for z in (x, y)]
        return entropic_cost(squared_distances(x, y), regularisation) - sum(own) / 2

    return _between_images(compare)


def _published_of_images(regularisation: float) -> _LabelDistances:
    return _between_images(
        lambda x, y: annealed_cost(squared_distances(x, y), regularisation, diameter_of(x, y))
    )


_EXACT: dict[Solver, Callable[[float], _LabelDistances]] = {
    "exact": _exact_of_images,
    "sinkhorn": _debiased_of_images,
    "published": _published_of_images,
}
