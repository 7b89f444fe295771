"""Pictures of chosen images of a dataset, as large as a sheet shows them."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from warmstart.data.dataset import Dataset
from warmstart.data.geometry import decode, trusting
from warmstart.data.mixture import views
from warmstart.reports.sheet import Pixels, fitted


def pictures_of(dataset: Dataset, positions: Iterable[int]) -> Mapping[int, Pixels]:
    """Decode the images at these positions, which can be read, for a sheet."""
    wanted = np.unique(np.fromiter(positions, np.int64))
    part = dataset.take(wanted)
    with trusting():
        raws = zip(part.images.raw(part.rows.tolist()), views(part), strict=True)
        found = [fitted(decode(raw, view)) for raw, view in raws]
    return dict(zip(wanted.tolist(), found, strict=True))


def spread(positions: NDArray[np.int64], most: int) -> list[int]:
    """At most ``most`` of these positions, evenly spread, the first and the last among them.

    Example:
        >>> spread(np.arange(100), 4)
        [0, 33, 66, 99]
    """
    count = min(most, len(positions))
    places = np.linspace(0, len(positions) - 1, count).round().astype(int)
    return [int(positions[place]) for place in places]
