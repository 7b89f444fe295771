"""Table I of a study: every dataset it names, also those that are derived."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warmstart.data.dataset import Dataset
from warmstart.errors import ConfigError
from warmstart.reports.table_formats import FORMATS, SUFFIXES
from warmstart.studies.config import Study
from warmstart.studies.datasets import ancestors_of, read_datasets
from warmstart.studies.one_dataset import Looked, Step, look_at
from warmstart.studies.samples import dataset_frame, dataset_row


def dataset_table(
    study: Study, *, base: Path, cache: Path, say: Callable[[str], None], step: Step
) -> pd.DataFrame:
    """Return one row per dataset of a study, in its order; columns as in ``datasets.csv``.

    A derived dataset is not decoded again where an ancestor shows the same images in the same way.

    Args:
        study: Names the datasets.
        base: Folder that relative roots are relative to.
        cache: Where small images and digests are kept.
        say: Told which images cannot be read; sizes are those of the others.
        step: Told how many images have been hashed or decoded, and of how many.

    Raises:
        DataError: If a dataset cannot be read or made.
    """
    datasets = read_datasets(study, study.datasets, base)
    looked: dict[str, Looked] = {}
    rows = []
    for name, dataset in datasets.items():
        host = _host(study, datasets, name)
        if host not in looked:
            looked[host] = look_at(datasets[host], cache, step)
        found = looked[host]
        there = np.isin(found.dataset.rows[found.readable], dataset.rows)
        if missing := len(dataset) - there.sum():
            say(
                f"{name}: {missing:,} of {len(dataset):,} images cannot be read; sizes are those "
                "of the others."
            )
        rows.append(dataset_row(study, dataset, _sizes(found, there), found.channels))
    return dataset_frame(rows)


def _host(study: Study, datasets: Mapping[str, Dataset], name: str) -> str:
    """The farthest ancestor that shows the same images in the same way, or the dataset itself."""
    own = datasets[name]
    for ancestor in reversed(ancestors_of(study, name)):
        if datasets[ancestor].images is own.images and datasets[ancestor].view == own.view:
            return ancestor
    return name


def _sizes(looked: Looked, there: NDArray[np.bool_]) -> NDArray[np.int32]:
    return looked.sizes[there] if there.any() else np.zeros((1, 2), np.int32)


def format_of(style: str | None, out: Path | None) -> Callable[[pd.DataFrame], str]:
    """How the table is written: as ``style`` says, else as the file's suffix, else Markdown.

    Raises:
        ConfigError: If the suffix says nothing.
    """
    if style is None and out is not None:
        style = SUFFIXES.get(out.suffix.lower())
        if style is None:
            raise ConfigError(
                f"--out {out}: the suffix {out.suffix!r} is no format; expected "
                f"{', '.join(SUFFIXES)}, or give --format."
            )
    return FORMATS[style or "markdown"]
