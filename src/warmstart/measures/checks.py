"""What measures ask of their arrays, checked once; nothing is written to or copied needlessly.

Anything `numpy.asarray` takes is accepted. Arrays of floating-point numbers are returned as they
are, so that features larger than memory (``numpy.memmap``) stay on disk: `float64_blocks` yields
what is computed with.
"""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.errors import ConfigError, DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK_BYTES = 2**23
"""Bytes of a block of rows in float64."""
LARGEST = 1e30
"""Largest number computed with: `kid` takes sixth powers. Numbers none of which is larger than its
inverse are too small."""


def check_features(features: ArrayLike, name: str = "features", *, least: int = 2) -> NDArray[Any]:
    """Return features (n, d), of the floating-point type they have, else as float64.

    Args:
        features: One row per image.
        name: What messages call them.
        least: How many rows are needed.

    Raises:
        DataError: If they are not a table of finite numbers with enough rows, or numbers are too
            large or too small to be squared.
    """
    x = _numbers(features, name)
    if x.ndim != 2 or x.shape[0] < least or x.shape[1] < 1:
        raise DataError(
            f"{name} have shape {x.shape}; expected (n, d) with at least {least} images and one "
            "feature."
        )
    _check_size(x, name)
    return x


def check_vector(values: ArrayLike, name: str = "embedding") -> Floats:
    """Return a vector (d,) of finite numbers, as float64.

    Raises:
        DataError: If it is not one.
    """
    x = _numbers(values, name)
    if x.ndim != 1 or not len(x):
        raise DataError(f"{name} has shape {x.shape}; expected (d,) with at least one number.")
    bad = ~np.isfinite(x)
    if bad.any():
        raise DataError(f"{name} entry {int(np.argmax(bad))} is NaN or inf; redo it.")
    return x.astype(np.float64, copy=False)


def check_choice(value: str, known: Collection[str], measure: str, option: str) -> None:
    """Refuse a value that an option does not have.

    Raises:
        ConfigError: If it is none of the known ones.
    """
    if value not in known:
        raise ConfigError(
            f"{measure} knows no {option} {value!r}; expected one of {', '.join(known)}."
        )


def check_same_width(a: NDArray[Any], b: NDArray[Any], name: str = "features") -> None:
    """Refuse two tables with different numbers of columns.

    Raises:
        DataError: If they differ.
    """
    if a.shape[1] != b.shape[1]:
        raise DataError(
            f"{name} have {a.shape[1]} and {b.shape[1]} columns; expected as many in both: take "
            "them from the same layer of the same network."
        )


def check_same_length(a: NDArray[Any], b: NDArray[Any], name: str = "activations") -> None:
    """Refuse two tables with different numbers of rows.

    Raises:
        DataError: If they differ.
    """
    if len(a) != len(b):
        raise DataError(
            f"{name} have {len(a)} and {len(b)} rows; expected as many in both: the same images in "
            "the same order."
        )


def check_length(values: NDArray[Any], n: int, name: str) -> None:
    """Refuse another number of rows than there are images.

    Raises:
        DataError: If they differ.
    """
    if len(values) != n:
        raise DataError(
            f"{name} are of {len(values)} images and features of {n}; expected as many."
        )


def as_array(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return what `numpy.asarray` makes of them.

    Raises:
        DataError: If it does not take them, or some are masked.
    """
    if isinstance(values, np.ma.MaskedArray) and values.mask.any():
        raise DataError(f"Some of {name} is masked; leave out or fill in what is.")
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        hint = " Of a tensor pass tensor.detach().cpu()." if hasattr(values, "detach") else ""
        raise DataError(_NO_NUMBERS.format(name=name) + hint) from error


def float64_blocks(x: NDArray[Any]) -> Iterator[Floats]:
    """Yield all rows in order, some at a time, as float64; not to be written to."""
    step = max(1, BLOCK_BYTES // (8 * x.shape[1]))
    for start in range(0, len(x), step):
        yield np.asarray(x[start : start + step], np.float64)


def _numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    x = as_array(values, name)
    if np.issubdtype(x.dtype, np.floating):
        return x
    try:
        if not np.iscomplexobj(x):
            return x.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise DataError(_NO_NUMBERS.format(name=name))


_NO_NUMBERS = "{name} cannot be read as an array of real numbers; expected a table of them."


def _check_size(x: NDArray[Any], name: str) -> None:
    """Refuse what is not finite, and what overflows or vanishes when it is squared."""
    start, largest = 0, 0.0
    for block in float64_blocks(x):
        size = np.maximum(block.max(axis=1), -block.min(axis=1))
        bad = ~(size <= LARGEST)
        if bad.any():
            row = int(np.argmax(bad))
            if np.isfinite(size[row]):
                raise DataError(
                    f"{name} row {start + row} holds a number of size {size[row]:.3g}; expected at "
                    f"most {LARGEST:g}: divide all by a common factor."
                )
            raise DataError(
                f"{name} row {start + row} holds NaN or inf; leave out or redo that image."
            )
        largest = max(largest, float(size.max()))
        start += len(block)
    if 0 < largest < 1 / LARGEST:
        raise DataError(
            f"{name} are nowhere larger than {largest:.3g}; expected {1 / LARGEST:g} somewhere: "
            "multiply all by a common factor."
        )
