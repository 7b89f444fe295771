"""A dataset in words: Table I's row, its classes, its groups and what was noticed."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.core.columns import columns
from warmstart.core.text import printable
from warmstart.data.checks import SPLITS, class_counts
from warmstart.data.dataset import Dataset
from warmstart.studies.one_dataset import Looked, headline

LISTED = 50
"""Up to so many classes are all listed, else only the largest and the smallest."""
ENDS = 20
"""How many of the largest, and of the smallest, are listed then."""
NAMED = 50
"""Up to so many unreadable images are named."""
_BAR = 24


def describe_lines(looked: Looked, *, every_class: bool = False) -> Iterator[str]:
    """Say what a dataset is, in plain lines.

    Args:
        looked: The dataset, decoded once.
        every_class: List every class, however many there are.
    """
    dataset = looked.dataset
    readable = f"; {len(looked.readable):,} can be read and are counted below"
    yield headline(dataset) + (readable if looked.problems else "")
    yield from (f"  {line}" for line in columns([*_facts(looked)]))
    yield ""
    yield from _class_lines(looked.usable, every_class)
    yield ""
    yield from (f"note: {printable(note)}" for note in dataset.notes)
    yield from (f"warning: {printable(warning)}" for warning in dataset.warnings)
    yield from unreadable_lines(looked)


def unreadable_lines(looked: Looked) -> Iterator[str]:
    """Name the images that cannot be read, and why; nothing if all can."""
    problems, images = looked.problems, looked.dataset.images
    if problems:
        share = f"{len(problems):,} of {len(looked.dataset):,}"
        yield f"warning: {share} images cannot be read:"
    for position, reason in list(problems.items())[:NAMED]:
        yield f"  {images.names[looked.dataset.rows[position]]} ({printable(reason)})"
    if len(problems) > NAMED:
        yield f"  ... and {len(problems) - NAMED:,} more"


def span(values: NDArray[Any]) -> str:
    """The least and the greatest of some numbers.

    Example:
        >>> span(np.array([3, 1000, 2])), span(np.array([7, 7]))
        ('2 to 1,000', '7')
    """
    low, high = values.min(), values.max()
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _spread(values: NDArray[Any]) -> str:
    """Least, greatest and mean; one number if all are the same."""
    same = values.min() == values.max()
    return span(values) if same else f"{span(values)}, mean {_number(values.mean())}"


def _facts(looked: Looked) -> Iterator[tuple[str, str]]:
    dataset, sizes = looked.usable, looked.sizes
    counts = class_counts(dataset)
    per = "label" if dataset.multilabel else "class"
    yield f"images per {per}", _spread(counts)
    if dataset.multilabel:
        yield from _labels(dataset)
    for number, side in enumerate(("width", "height")):
        pixels = sizes[:, number]
        median = "" if pixels.min() == pixels.max() else f", median {np.median(pixels):,g}"
        yield f"{side} in pixels", span(pixels) + median
    yield "channels", "1 (every image is greyscale)" if looked.channels == 1 else "3"
    yield "groups", _groups(dataset)
    yield "official parts", _parts(dataset)


def _labels(dataset: Dataset) -> Iterator[tuple[str, str]]:
    per_image = (dataset.labels == 1).sum(axis=1)
    none = int((per_image == 0).sum())
    yield "labels per image", f"{_spread(per_image)}; {none:,} without any"
    unknown = np.isnan(dataset.labels).mean()
    if unknown:
        yield "labels not known", f"{100 * unknown:.1f} %"


def _groups(dataset: Dataset) -> str:
    if dataset.groups is None:
        return "not known"
    sizes = np.unique(dataset.groups, return_counts=True)[1]
    return f"{len(sizes):,}; images in each: {_spread(sizes)}"


def _parts(dataset: Dataset) -> str:
    if dataset.split is None:
        return "none"
    counts = {part: int((dataset.split == part).sum()) for part in SPLITS}
    return ", ".join(f"{part} {count:,}" for part, count in counts.items() if count)


def _class_lines(dataset: Dataset, every_class: bool) -> Iterator[str]:
    """A row per class with its images, in all and in each official part, and a bar."""
    counts = class_counts(dataset)
    shown, left_out = _shown(counts, every_class)
    parts = [part for part in SPLITS if dataset.split is not None and part in dataset.split]
    per_part = [class_counts(dataset.take(np.flatnonzero(dataset.split == p))) for p in parts]
    rows = [["label" if dataset.multilabel else "class", "images", *parts, ""]]
    for number in shown:
        numbers = [counts[number], *(part[number] for part in per_part)]
        bar = "█" * round(_BAR * counts[number] / max(1, counts.max())) or "▏" * int(
            counts[number] > 0
        )
        name = printable(dataset.classes[number])
        rows.append([name, *(f"{count:,}" for count in numbers), bar])
    lines = columns(rows, right=range(1, len(parts) + 2))
    if not len(left_out):
        yield from lines
        return
    yield from lines[: ENDS + 1]
    between = f"{len(left_out):,} more with {span(counts[left_out])} images each"
    yield f"... {between}; --all lists every one ..."
    yield from lines[ENDS + 1 :]


def _shown(counts: NDArray[np.int64], every: bool) -> tuple[list[int], NDArray[np.int64]]:
    """Classes that are listed, and those left out between the largest and the smallest."""
    if every or len(counts) <= LISTED:
        return list(range(len(counts))), np.empty(0, np.int64)
    order = np.argsort(-counts, kind="stable")
    return [*order[:ENDS].tolist(), *order[-ENDS:].tolist()], order[ENDS:-ENDS]


def _number(mean: float) -> str:
    return f"{mean:,.0f}" if mean >= 100 or mean == round(mean) else f"{mean:.1f}"
