"""What checks of a dataset find, each in one row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from warmstart.core.text import counted
from warmstart.data.audit import MOST
from warmstart.data.checks import (
    NO_GROUPS,
    SPLITS,
    class_counts,
    class_faults,
    groups_of_classes,
)
from warmstart.data.dataset import Dataset
from warmstart.studies.copies import CopySet
from warmstart.studies.one_dataset import Looked

SHOWN = 5
"""Images of one set of copies that are named."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check came to.

    Attributes:
        check: What was looked at.
        state: ``"found"`` is a fault; ``"note"`` is none, but to be known.
        text: What was found.
        examples: Every place, one line each.
    """

    check: str
    state: Literal["ok", "note", "found"]
    text: str
    examples: tuple[str, ...] = ()


def of_images(looked: Looked) -> Finding:
    """Images that cannot be read."""
    dataset, problems = looked.dataset, looked.problems
    examples = [f"{_name(dataset, at)} ({reason})" for at, reason in problems.items()]
    text = f"{len(problems):,} of {len(dataset):,} cannot be read"
    return _finding("images", text, examples, ok=f"all {len(dataset):,} can be read")


def of_reader(dataset: Dataset) -> Iterator[Finding]:
    """What the reader warned of, such as other counts than the published ones."""
    for warning in dataset.warnings:
        if warning != NO_GROUPS:
            yield Finding(check="release", state="found", text=warning)


def of_classes(dataset: Dataset) -> Iterator[Finding]:
    """Classes that cannot be both learned and tested, where there are any."""
    faults = tuple(class_faults(dataset))
    if faults:
        yield Finding(check="classes", state="found", text="a study refuses them", examples=faults)


def of_copies(dataset: Dataset, sets: Sequence[CopySet]) -> Iterator[Finding]:
    """Images that show the same picture, and where that does harm."""
    if len(dataset) > MOST:
        text = f"near-duplicates were not looked for: more than {MOST:,} images"
        yield Finding(check="copies", state="note", text=text)
    if not sets:
        yield Finding(check="copies", state="ok", text="no two images show the same picture")
        return
    yield Finding(check="copies", state="note", text=_counted(sets))
    labels = [copies for copies in sets if any(pair.labels_differ for pair in copies.pairs)]
    yield _of_sets(dataset, labels, "labels of copies", "with different labels")
    groups = [copies for copies in sets if any(pair.groups_differ for pair in copies.pairs)]
    if dataset.groups is None:
        text = "that any split may part, because no groups are known"
        yield _of_sets(dataset, sets, "groups of copies", text)
    else:
        text = "over several groups, which a split by groups may part"
        yield _of_sets(dataset, groups, "groups of copies", text)
    if dataset.split is not None:
        parts = [copies for copies in sets if any(pair.parts_differ for pair in copies.pairs)]
        yield _of_sets(dataset, parts, "parts of copies", "over several official parts")


def of_groups(dataset: Dataset) -> Iterator[Finding]:
    """Groups that are unknown, or have images in several official parts."""
    if dataset.groups is None:
        yield Finding(check="groups", state="note", text=NO_GROUPS)
        return
    names, group = np.unique(dataset.groups, return_inverse=True)
    if dataset.split is None:
        yield Finding(check="groups", state="ok", text=counted(len(names), "group"))
        return
    examples = []
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    for members in np.split(order, starts[1:]):
        _, first = np.unique(dataset.split[members], return_index=True)
        if len(first) > 1:
            places = [members[at] for at in first]
            examples.append(
                " and ".join(f"{_name(dataset, p)} ({_part(dataset, p)})" for p in places)
            )
    text = f"{len(examples):,} of {len(names):,} have images in several official parts"
    ok = f"each of {len(names):,} lies in one official part"
    yield _finding("groups", text, examples, ok=ok)


def of_parts(looked: Looked) -> Iterator[Finding]:
    """Classes without an image that can be read in an official part."""
    dataset = looked.usable
    if looked.dataset.split is None or dataset.split is None:
        return
    parts = [part for part in SPLITS if part in looked.dataset.split]
    kind = "label" if dataset.multilabel else "class"
    examples = [
        f"{kind} {name!r} has no image in {part}"
        for part in parts
        for name, count in zip(
            dataset.classes,
            class_counts(dataset.take(np.flatnonzero(dataset.split == part))),
            strict=True,
        )
        if not count
    ]
    text = f"{counted(len(examples), 'gap')}: not every {kind} is in every official part"
    ok = f"every {kind} is in {', '.join(parts)}"
    yield _finding("official parts", text, examples, ok=ok)


def of_folds(looked: Looked, folds: int) -> Finding:
    """Classes with fewer images that can be read, or groups of them, than folds."""
    dataset = looked.usable
    unit = "image" if dataset.groups is None else "group"
    kind = "label" if dataset.multilabel else "class"
    counts = zip(dataset.classes, groups_of_classes(dataset).tolist(), strict=True)
    examples = [
        f"{kind} {name!r} has {counted(count, unit)}" for name, count in counts if count < folds
    ]
    plural = "labels" if dataset.multilabel else "classes"
    text = f"{folds} are impossible: {len(examples):,} of {len(dataset.classes):,} {plural} "
    text += f"have fewer {unit}s"
    return _finding("folds", text, examples, ok=f"{folds} are possible")


def _finding(check: str, text: str, examples: Sequence[str], *, ok: str) -> Finding:
    if not examples:
        return Finding(check=check, state="ok", text=ok)
    return Finding(check=check, state="found", text=text, examples=tuple(examples))


def _of_sets(dataset: Dataset, sets: Sequence[CopySet], check: str, text: str) -> Finding:
    examples = []
    for copies in sets:
        names = [_name(dataset, position) for position in copies.positions]
        more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        sign = " = " if copies.identical else " ~ "
        examples.append(sign.join(names[:SHOWN]) + more)
    return _finding(check, f"{counted(len(sets), 'set')} {text}", examples, ok=f"no set {text}")


def _counted(sets: Sequence[CopySet]) -> str:
    identical = sum(copies.identical for copies in sets)
    counts = {"identical images": identical, "near-duplicates": len(sets) - identical}
    kinds = [f"{counted(count, 'set')} of {what}" for what, count in counts.items() if count]
    images = sum(len(copies.positions) for copies in sets)
    return f"{' and '.join(kinds)}, {images:,} images in all"


def _name(dataset: Dataset, position: int) -> str:
    return str(dataset.images.names[dataset.rows[position]])


def _part(dataset: Dataset, position: int) -> str:
    return "" if dataset.split is None else str(dataset.split[position])
