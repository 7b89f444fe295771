"""Arrays that were computed once, found again by the question they answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.core.identity import question_key
from warmstart.core.store import stored_folder
from warmstart.embed.features import Features, features
from warmstart.embed.fisher import PASSES, task2vec
from warmstart.embed.probe import Probe
from warmstart.measures.checks import Floats
from warmstart.measures.labels import check_labels

_EMBEDDING = 1
"""Raised by hand when a change of the code changes the numbers."""

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Shown:
    """Prepared images, and what names their pixels.

    Attributes:
        images: uint8 (n, size, size, c).
        key: Of the images' digests, view, size and fit: see ``data.prepare.prepared_key``.
    """

    images: NDArray[np.uint8]
    key: str


def stored_features(probe: Probe, shown: Shown, cache: Path) -> Features:
    """Return `features` of these images, computed at most once.

    Raises:
        DataError: If the images are not prepared.
        StoreError: If the cache cannot be written.
    """

    def compute() -> Arrays:
        found = features(probe, shown.images)
        own = {} if found.probabilities is None else {"probabilities": found.probabilities}
        return {"pooled": found.pooled, **own}

    arrays = stored_arrays(cache, ["features", *_question(probe, shown)], compute)
    return Features(arrays["pooled"], arrays.get("probabilities"))


def stored_task2vec(
    probe: Probe,
    shown: Shown,
    labels: ArrayLike,
    cache: Path,
    *,
    passes: int = PASSES,
    seed: int = 0,
    library_compat: bool = False,
) -> Floats:
    """Return `task2vec` of this task, computed at most once.

    Raises:
        DataError: As `task2vec`.
        StoreError: If the cache cannot be written.
    """
    classes = check_labels(labels, len(shown.images))
    options = {"passes": passes, "seed": seed, "library_compat": library_compat}

    def compute() -> Arrays:
        known = None if library_compat else stored_features(probe, shown, cache).pooled
        embedding = task2vec(
            probe,
            shown.images,
            classes,
            features=known,
            passes=passes,
            seed=seed,
            library_compat=library_compat,
        )
        return {"embedding": embedding}

    of_labels = sha256(classes.tobytes()).hexdigest()
    question = ["task2vec", *_question(probe, shown), of_labels, options]
    return stored_arrays(cache, question, compute)["embedding"]


def stored_arrays(cache: Path, question: object, compute: Callable[[], Arrays]) -> Arrays:
    """Return the arrays that answer a question, mapped read-only from the cache.

    Args:
        cache: The cache folder.
        question: Everything that changes the arrays, see `question_key`.
        compute: Called where they are not there yet; other processes wait.

    Raises:
        StoreError: If the cache cannot be written.
    """

    def write(folder: Path) -> None:
        for name, array in compute().items():
            np.save(folder / f"{name}.npy", array)

    folder = stored_folder(cache / "embedded" / question_key([_EMBEDDING, question]), write)
    return {file.stem: np.load(file, mmap_mode="r") for file in sorted(folder.glob("*.npy"))}


def _question(probe: Probe, shown: Shown) -> list[object]:
    return [probe.network, probe.digest, probe.mean, probe.std, shown.key]
