"""Assign groups of images to parts, so that every part gets its share of every class."""

import numpy as np
from numpy.typing import NDArray


def assign(
    members: NDArray[np.bool_],
    units: NDArray[np.int64],
    shares: tuple[float, ...],
    rng: np.random.Generator,
    *,
    first_has_all: bool = False,
) -> NDArray[np.int64]:
    r"""Return the part of each image; all images of a unit are in one part.

    Units are placed one after the other, those that hold most of a class first, each where it
    raises :math:`\sum_p \sum_c (n_{pc} / n_c)^2 / s_p` least: :math:`n_{pc}` images of class c are
    in part p, :math:`n_c` in all, and :math:`s_p` is the share of the part. The sum is smallest
    where every part has its share of every class. The number of images counts as a class too,
    weighted like all classes together.

    Args:
        members: Whether each image has each class (or yes/no label), shape (n, classes).
        units: Number of the group of each image, any integers, shape (n,).
        shares: What each part is to get; sums to 1.
        rng: Decides the order of units of equal weight.
        first_has_all: Whether the first part must get a unit of every class before any other.

    Returns:
        Numbers of the parts, 0 to ``len(shares) - 1``, shape (n,). A part may get no image where
        there are few units.

    Raises:
        ValueError: If there are no images.
    """
    _, unit_of = np.unique(units, return_inverse=True)
    counts = _unit_counts(members, unit_of)
    relative = counts / np.maximum(counts.sum(axis=0), 1)
    weighted = relative * np.append(np.ones(members.shape[1]), members.shape[1])
    order = rng.permutation(len(counts))
    order = order[np.argsort(-relative.max(axis=1)[order].round(12), kind="stable")]
    filled = np.zeros((len(shares), counts.shape[1]))
    part_of = np.empty(len(counts), np.int64)
    for unit in order:
        missing = first_has_all and ((filled[0] == 0) & (counts[unit] > 0)).any()
        cost = filled @ weighted[unit] / np.asarray(shares)
        part = 0 if missing else int(np.argmin(cost.round(12)))
        part_of[unit] = part
        filled[part] += relative[unit]
    return part_of[unit_of]


def _unit_counts(members: NDArray[np.bool_], unit_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Images of each class in each unit, and in a last column all images."""
    with_all = np.column_stack([members, np.ones(len(members), np.bool_)])
    counts = np.zeros((int(unit_of.max()) + 1, with_all.shape[1]))
    np.add.at(counts, unit_of, with_all)
    return counts
