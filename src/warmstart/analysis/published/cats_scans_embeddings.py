"""The Task2Vec embeddings of *Cats, not CAT scans*, from an npz file and never from pickles.

The file holds ``subset_index`` and one array (subsets, 53120) per dataset. The repository's own
are pickles: they may run code when they are opened, so they are not.
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from warmstart.analysis.published.cats_scans import CLONE, IMAGES, STAND_IN
from warmstart.analysis.published.files import path_of
from warmstart.errors import DataError
from warmstart.metrics.arrays import Floats

NAME = "task2vec_embeddings.npz"
INDEX = "subset_index"
DATASETS = tuple(name for name in IMAGES if name not in STAND_IN)
_EXPECTED = (
    f"Expected {INDEX} (k,) and one array of numbers (k, d) for each of {len(DATASETS)} datasets"
)


def embeddings(folder: Path) -> dict[str, dict[int, Floats]] | None:
    """Task2Vec embeddings by dataset and subset, if the file is there.

    Raises:
        DataError: If the file holds pickles or something else than it should.
    """
    path = path_of(folder, NAME, CLONE)
    if path is None:
        return None
    arrays = _arrays(path)
    missing = [name for name in (INDEX, *DATASETS) if name not in arrays]
    if missing:
        raise DataError(f"{path} lacks {', '.join(missing)}. {_EXPECTED}.")
    subsets = [int(i) for i in arrays[INDEX].ravel()]
    form = (len(subsets), *arrays[DATASETS[0]].shape[1:])
    for name in DATASETS:
        if len(form) != 2 or arrays[name].shape != form:
            raise DataError(
                f"{path}: {name} is of shape {arrays[name].shape}, for {len(subsets)} subsets. "
                f"{_EXPECTED}, all of one width."
            )
    return {name: dict(zip(subsets, arrays[name], strict=True)) for name in DATASETS}


def _arrays(path: Path) -> dict[str, np.ndarray]:
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} is no npz file, or is cut off. {_EXPECTED}.")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"{path} holds pickled Python objects, which may run code when they are opened, so "
                f"they are not. {_EXPECTED}, as numpy.savez writes them."
            ) from error
        raise DataError(f"{path} cannot be read: {error}. {_EXPECTED}.") from error
