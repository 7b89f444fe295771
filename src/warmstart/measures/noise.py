"""How sure a measure is: its interval, its floor, and how it moves with the number of images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.halving import LEVEL, Arrays, Dataset, Drawable, half_sample_interval
from warmstart.measures.measure import ANY, Bounds
from warmstart.measures.table import MEASURES

Compute = Callable[..., float]
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
        low: Lower end of the 95 % interval over images, or over groups, see
            `warmstart.measures.halving.half_sample_interval`.
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
        compute: The measure: takes the arrays of the dataset, then those of the other. Intervals of
            a function of the table of measures end where its values end.
        dataset: Arrays whose rows are images, such as ``(features, labels)``. Where there is a
            one-dimensional one, it is taken as labels, and subsets keep the shares of classes.
        other: The other dataset of a distance; ``None`` for a score, or for a comparison of two
            representations, whose rows are the same images.
        groups: Group of each image of either, such as its patient: what is drawn then, whole.
        repeats: How often each dataset is halved, and how many subsets there are of each size.
        halvings: How many sizes: half of the images, a quarter, ...
        seed: Seed of the draws.

    Returns:
        Value, interval and floor. For a distance both datasets are drawn at one size, half of the
        smaller, because distances of small datasets are larger: so are those of the floor.

    Raises:
        DataError: If arrays of a dataset are of different lengths, or too small to be halved; if
            the measure refuses the whole, or a part, as one that lacks a class of one image.

    Example:
        >>> from warmstart.measures.frechet import frechet
        >>> features = np.random.default_rng(0).normal(size=(80, 2))
        >>> noise(frechet, (features[:40],), (features[40:],)).distinguishable
        False
    """
    sets = [Drawable.of(dataset, groups[0])]
    if other is not None:
        sets.append(Drawable.of(other, groups[1]))
    smallest = min(one.units for one in sets)
    if repeats < 2 or halvings < 1 or smallest < 2 ** (halvings + 1):
        raise DataError(
            f"{smallest} images or groups cannot be halved {halvings} times in {repeats} repeats; "
            f"expected at least {2 ** (halvings + 1)} of each dataset, one halving and two repeats."
        )
    rng = np.random.default_rng(seed)
    value = _value(compute, *(one.arrays for one in sets))
    halved = [_both_halves(compute, sets, rng) for _ in range(repeats)]
    low, high = half_sample_interval(value, halved, _bounds(compute))
    numbers = [smallest // 2**number for number in range(1, halvings + 1)]
    return Noise(
        value=value,
        low=low,
        high=high,
        sizes=tuple(_at_size(compute, sets, number, repeats, rng) for number in numbers),
    )


def _bounds(compute: Compute) -> Bounds:
    """Those of the row of the table whose function this is."""
    names = (getattr(compute, part, None) for part in ("__module__", "__name__"))
    function = "{}:{}".format(*names)
    return next((row.bounds for row in MEASURES.values() if row.function == function), ANY)


def _both_halves(
    compute: Compute, sets: Sequence[Drawable], rng: np.random.Generator
) -> list[float]:
    """The value on one half of each dataset, and on the other half of each."""
    halved = [one.halves(0.5, rng) for one in sets]
    return [_part(compute, *parts) for parts in zip(*halved, strict=True)]


def _at_size(
    compute: Compute,
    sets: Sequence[Drawable],
    number: int,
    repeats: int,
    rng: np.random.Generator,
) -> AtSize:
    """Values between datasets and within each, all of this many units."""
    values, floors = [], []
    for _ in range(repeats):
        pairs = [one.halves(number / one.units, rng) for one in sets]
        values.append(_part(compute, *(pair[0] for pair in pairs)))
        if len(sets) == 2:
            floors += [_part(compute, *pair) for pair in pairs]
    return AtSize(
        images=number,
        mean=float(np.mean(values)),
        spread=float(np.std(values, ddof=1)),
        floor=float(np.mean(floors)) if floors else float("nan"),
        highest_floor=float(np.quantile(floors, LEVEL)) if floors else float("nan"),
    )


def _value(compute: Compute, *sets: Arrays) -> float:
    return float(compute(*(array for one in sets for array in one)))


def _part(compute: Compute, *sets: Arrays) -> float:
    """The value on parts of datasets, which a measure may refuse where it took the whole."""
    try:
        return _value(compute, *sets)
    except DataError as error:
        sizes = " and ".join(str(len(one[0])) for one in sets)
        raise DataError(
            f"A random part of {sizes} images cannot be measured, so nothing says how sure the "
            f"value is: {error} Take more images, or leave out classes of one image."
        ) from error
