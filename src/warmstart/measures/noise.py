"""How sure a measure is: its interval, its floor, and how it moves with the number of images.

Everything is found by halving. The values of random halves of a dataset scatter around their mean
as much as those of new datasets of full size would, and no image occurs twice in a half, as it does
in a bootstrap with replacement, where it is its own nearest neighbour.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.errors import DataError
from warmstart.measures.checks import Ints
from warmstart.measures.labels import check_groups

Compute = Callable[..., float]
Dataset = Sequence[ArrayLike]
"""What a measure takes of one dataset: (features,), (features, labels), ..."""

LEVEL = 0.95
INDISTINGUISHABLE = "not distinguishable from the dataset's distance to itself"


@dataclass(frozen=True, kw_only=True)
class AtSize:
    """A measure at one number of images.

    Attributes:
        images: How many of each dataset; groups where groups are drawn.
        mean: Mean over drawn subsets of this size; the distance between the datasets, or the score.
        spread: Standard deviation of the same.
        floor: Mean distance between two disjoint subsets of one dataset, of this size; NaN for a
            score, which has none.
        highest_floor: What 95 % of those distances stay below.
    """

    images: int
    mean: float
    spread: float
    floor: float
    highest_floor: float


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How sure a value is.

    Attributes:
        value: The measure on all images.
        low: Lower end of the 95 % interval over images, or over groups.
        high: Upper end.
        sizes: The measure at half of the images, a quarter, ...: how it moves with their number.
    """

    value: float
    low: float
    high: float
    sizes: tuple[AtSize, ...]

    @property
    def distinguishable(self) -> bool:
        """Whether the distance is larger than those of a dataset to itself; scores always are."""
        half = self.sizes[0]
        return not half.mean <= half.highest_floor

    @property
    def sentence(self) -> str:
        """The value with its interval, and what there is to say against it."""
        found = f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g})"
        if self.distinguishable:
            return found
        return f"{found}, {INDISTINGUISHABLE}"


def noise(
    compute: Compute,
    dataset: Dataset,
    other: Dataset | None = None,
    *,
    groups: tuple[ArrayLike | None, ArrayLike | None] = (None, None),
    repeats: int = 50,
    halvings: int = 2,
    seed: int = 0,
) -> Noise:
    """Say how sure a measure is of its value.

    Args:
        compute: The measure: takes the arrays of the dataset, then those of the other.
        dataset: Arrays whose rows are images, such as ``(features, labels)``. Where there is a
            one-dimensional one, it is taken as labels, and subsets keep the shares of classes.
        other: The other dataset of a distance; ``None`` for a score, or for a comparison of two
            representations, whose rows are the same images.
        groups: Group of each image of either, such as its patient: what is drawn then, whole.
        repeats: How many subsets of each size.
        halvings: How many sizes: half of the images, a quarter, ...
        seed: Seed of the draws.

    Returns:
        Value, interval and floor. For a distance both datasets are drawn at one size, half of the
        smaller, because distances of small datasets are larger: so are those of the floor.

    Raises:
        DataError: If arrays of a dataset are of different lengths, or too small to be halved.

    Example:
        >>> from warmstart.measures.frechet import frechet
        >>> features = np.random.default_rng(0).normal(size=(80, 2))
        >>> noise(frechet, (features[:40],), (features[40:],)).distinguishable
        False
    """
    sets = [_Drawable.of(dataset, groups[0])]
    if other is not None:
        sets.append(_Drawable.of(other, groups[1]))
    smallest = min(one.units for one in sets)
    if repeats < 2 or halvings < 1 or smallest < 2 ** (halvings + 1):
        raise DataError(
            f"{smallest} images or groups cannot be halved {halvings} times in {repeats} repeats; "
            f"expected at least {2 ** (halvings + 1)} of each dataset, one halving and two repeats."
        )
    rng = np.random.default_rng(seed)
    value = _value(compute, *(one.arrays for one in sets))
    halved = [_value(compute, *(one.halves(0.5, rng)[0] for one in sets)) for _ in range(repeats)]
    ends = np.quantile(halved, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) - np.mean(halved)
    numbers = [smallest // 2**number for number in range(1, halvings + 1)]
    return Noise(
        value=value,
        low=value + float(ends[0]),
        high=value + float(ends[1]),
        sizes=tuple(_at_size(compute, sets, number, repeats, rng) for number in numbers),
    )


@dataclass(frozen=True, eq=False)
class _Drawable:
    """Arrays of one dataset, and how its units are drawn."""

    arrays: tuple[NDArray[Any], ...]
    unit_of: Ints
    strata: Ints

    @classmethod
    def of(cls, dataset: Dataset, groups: ArrayLike | None) -> "_Drawable":
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

    def halves(self, share: float, rng: np.random.Generator) -> list[tuple[NDArray[Any], ...]]:
        """Two disjoint subsets with this share of the units of each class, one half at most."""
        chosen: list[list[Ints]] = [[], []]
        for stratum in np.unique(self.strata):
            units = rng.permutation(np.flatnonzero(self.strata == stratum))
            count = min(max(1, round(share * len(units))), len(units) // 2)
            if count:
                chosen[0].append(units[:count])
                chosen[1].append(units[count : 2 * count])
            else:  # a class of one
                chosen[rng.integers(2)].append(units)
        return [self._take(np.concatenate(units)) for units in chosen]

    def _take(self, units: Ints) -> tuple[NDArray[Any], ...]:
        rows = np.flatnonzero(np.isin(self.unit_of, units))
        return tuple(array[rows] for array in self.arrays)


def _at_size(
    compute: Compute,
    sets: Sequence[_Drawable],
    number: int,
    repeats: int,
    rng: np.random.Generator,
) -> AtSize:
    """Values between datasets and within each, all of this many units."""
    values, floors = [], []
    for _ in range(repeats):
        pairs = [one.halves(number / one.units, rng) for one in sets]
        values.append(_value(compute, *(pair[0] for pair in pairs)))
        if len(sets) == 2:
            floors += [_value(compute, *pair) for pair in pairs]
    return AtSize(
        images=number,
        mean=float(np.mean(values)),
        spread=float(np.std(values, ddof=1)),
        floor=float(np.mean(floors)) if floors else float("nan"),
        highest_floor=float(np.quantile(floors, LEVEL)) if floors else float("nan"),
    )


def _value(compute: Compute, *sets: tuple[NDArray[Any], ...]) -> float:
    return float(compute(*(array for one in sets for array in one)))


def halves(
    dataset: Dataset, groups: ArrayLike | None = None, *, repeats: int, seed: int = 0
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Yield random halves of a dataset, two disjoint ones per repeat.

    Args:
        dataset: As in `noise`; classes keep their shares.
        groups: Group of each image: groups are drawn whole.
        repeats: How often it is halved.
        seed: Seed of the draws.

    Raises:
        DataError: If arrays are of different lengths.
    """
    one, rng = _Drawable.of(dataset, groups), np.random.default_rng(seed)
    for _ in range(repeats):
        yield from one.halves(0.5, rng)
