"""Random halves of a dataset, and the interval that their values give.

The halves of a dataset differ from each other as new datasets of half its size do, and half of
their difference scatters as the value of all images does. Of a mean that is exact: its variance
over random halves is s^2 / n, that of the bootstrap. This is half-sample replication, the bootstrap
without replacement of half of the images; in the ordinary bootstrap an image occurs several times
and is its own nearest neighbour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student_t

from warmstart.errors import DataError
from warmstart.measures.checks import Ints
from warmstart.measures.labels import check_groups
from warmstart.measures.measure import ANY, Bounds

Arrays = tuple[NDArray[Any], ...]
Dataset = Sequence[ArrayLike]
"""What a measure takes of one dataset: (features,), (features, labels), ..."""

LEVEL = 0.95


def half_sample_interval(
    value: float, halves: ArrayLike, bounds: Bounds = ANY
) -> tuple[float, float]:
    """Ends of the 95 % interval of a value, from the values of halves.

    The squared standard error is the mean of ((first - second) / 2)^2, and the interval is that of
    Student's t with as many degrees of freedom as there are halvings. Ends beyond what the measure
    can be are cut there, which leaves no possible value out.

    Args:
        value: The measure on all images.
        halves: Its value on both halves of each halving, shape (r, 2).
        bounds: The lowest and the highest value that the measure can have.

    Returns:
        Lower and upper end; NaN without halves. Where the values of all halves are the same, as
        those of an AUC of 1 often are, both ends are the value: the images at hand never disagree,
        which does not say that others would not.

    Example:
        >>> low, high = half_sample_interval(0.9, [[0.85, 0.95], [0.9, 0.9]], bounds=(0.0, 1.0))
        >>> round(low, 3), high
        (0.748, 1.0)

    References:
        McCarthy, "Pseudo-replication: half samples", Review of the International Statistical
        Institute 1969. Buja and Stuetzle, "Observations on bagging", Statistica Sinica 2006: halves
        without replacement stand for a bootstrap of full size.
    """
    pairs = np.asarray(halves, np.float64).reshape(-1, 2)
    if not len(pairs):
        return float("nan"), float("nan")
    error = float(np.sqrt(np.square(np.diff(pairs, axis=1) / 2).mean()))
    margin = float(student_t.ppf((1 + LEVEL) / 2, len(pairs))) * error
    low, high = np.clip([value - margin, value + margin], *bounds)
    return float(low), float(high)


def halves(
    dataset: Dataset, groups: ArrayLike | None = None, *, repeats: int, seed: int = 0
) -> Iterator[Arrays]:
    """Yield random halves of a dataset, two disjoint ones per repeat.

    Args:
        dataset: Arrays whose rows are images. Where there is a one-dimensional one, it is taken as
            labels, and classes keep their shares.
        groups: Group of each image: groups are drawn whole.
        repeats: How often it is halved.
        seed: Seed of the draws.

    Raises:
        DataError: If arrays are of different lengths.
    """
    one, rng = Drawable.of(dataset, groups), np.random.default_rng(seed)
    for _ in range(repeats):
        yield from one.halves(0.5, rng)


@dataclass(frozen=True, eq=False)
class Drawable:
    """Arrays of one dataset, and how its units, images or groups, are drawn.

    Attributes:
        arrays: Their rows are images.
        unit_of: Unit of each image, shape (n,).
        strata: Class of each unit, shape (u,).
    """

    arrays: Arrays
    unit_of: Ints
    strata: Ints

    @classmethod
    def of(cls, dataset: Dataset, groups: ArrayLike | None) -> "Drawable":
        """Check the arrays of a dataset, see `halves`."""
        arrays = tuple(np.asarray(array) for array in dataset)
        lengths = {len(array) for array in arrays}
        if len(lengths) != 1:
            raise DataError(
                f"the arrays of one dataset have {sorted(lengths)} rows; expected as many in all."
            )
        unit_of = check_groups(groups, lengths.pop())
        labels = next((array for array in arrays if array.ndim == 1), np.zeros(len(unit_of)))
        codes = np.unique(labels, return_inverse=True)[1]
        first = np.unique(unit_of, return_index=True)[1]  # a group counts with its first image
        return cls(arrays, unit_of, codes[first].astype(np.int64))

    @property
    def units(self) -> int:
        """How many images, or groups, can be drawn."""
        return len(self.strata)

    def halves(self, share: float, rng: np.random.Generator) -> list[Arrays]:
        """Two disjoint subsets with this share of the units of each class, one half at most."""
        chosen: list[list[int]] = [[], []]
        for stratum in np.unique(self.strata):
            units = rng.permutation(np.flatnonzero(self.strata == stratum))
            count = min(max(1, round(share * len(units))), len(units) // 2)
            chosen[0].extend(units[:count])
            chosen[1].extend(units[count : 2 * count])
            if len(units) == 2 * count + 1:  # one is left over, as of a class of one
                smaller = min(rng.permutation(2), key=lambda half: len(chosen[half]))
                chosen[smaller].append(units[-1])
        return [self._take(np.array(units, np.int64)) for units in chosen]

    def _take(self, units: Ints) -> Arrays:
        rows = np.flatnonzero(np.isin(self.unit_of, units))
        return tuple(array[rows] for array in self.arrays)
