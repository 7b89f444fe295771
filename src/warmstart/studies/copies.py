"""Images of one dataset that show the same picture: as a table and as a contact sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from warmstart.data.audit import Compared, comparable, find_copies, pairs_within
from warmstart.data.dataset import Dataset
from warmstart.reports.sheet import SheetRow, sheet_png
from warmstart.studies.leakage import label_text
from warmstart.studies.one_dataset import Looked, Step
from warmstart.studies.pictures import pictures_of

MOST_PAIRS = 24
"""Pairs that are drawn."""
COLUMNS = [
    *("set", "image", "other_image", "label", "other_label", "part", "other_part"),
    *("identical", "likeness", "same_group"),
]


@dataclass(frozen=True, kw_only=True)
class CopyPair:
    """Two images that show the same picture.

    Attributes:
        first: Position of the first.
        second: Position of the other.
        identical: Whether their stored bytes are the same.
        likeness: How alike their pixels are; ``None`` if they are copies of a third image.
        labels_differ: Whether their labels contradict each other.
        groups_differ: Whether they are in two groups; ``None`` if groups are unknown.
        parts_differ: Whether they are in two official parts.
    """

    first: int
    second: int
    identical: bool
    likeness: float | None
    labels_differ: bool
    groups_differ: bool | None
    parts_differ: bool


@dataclass(frozen=True, kw_only=True)
class CopySet:
    """All images that show one picture.

    Attributes:
        positions: Where they stand, ascending.
        pairs: The first beside every other one.
    """

    positions: tuple[int, ...]
    pairs: tuple[CopyPair, ...]

    @property
    def identical(self) -> bool:
        """Whether the stored bytes of all are the same."""
        return all(pair.identical for pair in self.pairs)


def copy_sets(looked: Looked, cache: Path, step: Step) -> tuple[CopySet, ...]:
    """Find all copies and near-duplicates in a dataset; what was found before is kept.

    Raises:
        DataError: If the images cannot be compared.
    """
    dataset, digests = looked.dataset, looked.digests
    compared: Compared = comparable(dataset, digests, cache)
    what = f"comparing {dataset.name}"
    pairs = pairs_within(compared, cache, lambda done, total: step(what, done, total))
    places = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    alike = dict(zip(places, pairs.likeness.tolist(), strict=True))
    found = []
    for copies in find_copies(dataset, digests, pairs):
        first, *others = copies.positions.tolist()
        beside = [
            _pair(looked, first, other, alike.get((first, other), alike.get((other, first))))
            for other in others
        ]
        found.append(CopySet(positions=(first, *others), pairs=tuple(beside)))
    return tuple(found)


def copies_table(dataset: Dataset, sets: Sequence[CopySet]) -> pd.DataFrame:
    """One row per pair; a missing value where groups, parts or the likeness are unknown."""
    names = dataset.names
    rows = [
        {
            "set": number,
            "image": names[pair.first],
            "other_image": names[pair.second],
            "label": label_text(dataset, pair.first),
            "other_label": label_text(dataset, pair.second),
            "part": _part(dataset, pair.first),
            "other_part": _part(dataset, pair.second),
            "identical": pair.identical,
            "likeness": None if pair.likeness is None else round(pair.likeness, 4),
            "same_group": None if pair.groups_differ is None else not pair.groups_differ,
        }
        for number, copies in enumerate(sets, start=1)
        for pair in copies.pairs
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def copies_sheet(looked: Looked, sets: Sequence[CopySet]) -> bytes:
    """Draw up to 24 pairs as a PNG: one of every set first, those that do most harm before."""
    pairs = _drawn_first(looked, sets)
    drawn = pairs[:MOST_PAIRS]
    dataset, more = looked.dataset, len(pairs) - MOST_PAIRS
    pixels = pictures_of(dataset, (p for pair in drawn for p in (pair.first, pair.second)))
    rows = [
        SheetRow(
            texts=(_kind(pair), _caption(dataset, pair.first), _caption(dataset, pair.second)),
            pictures=(pixels[pair.first], pixels[pair.second]),
        )
        for pair in drawn
    ]
    are = "pair is" if more == 1 else "pairs are"
    return sheet_png(
        rows,
        places=2,
        side="right",
        columns=1 if len(rows) <= 4 else 2,
        text_width=420,
        footer=f"{more:,} more {are} in the table" if more > 0 else "",
    )


def differences(pair: CopyPair) -> list[str]:
    """What is different about two images that show the same picture, the worst first."""
    wrong = {
        "different labels": pair.labels_differ,
        "different official parts": pair.parts_differ,
        "different groups": pair.groups_differ,
    }
    return [name for name, differs in wrong.items() if differs]


def _pair(looked: Looked, first: int, second: int, likeness: float | None) -> CopyPair:
    dataset = looked.dataset
    labels = np.nan_to_num(dataset.labels[[first, second]], nan=-1)
    groups, parts = dataset.groups, dataset.split
    return CopyPair(
        first=first,
        second=second,
        identical=looked.digests[first] == looked.digests[second],
        likeness=likeness,
        labels_differ=bool((labels[0] != labels[1]).any()),
        groups_differ=None if groups is None else bool(groups[first] != groups[second]),
        parts_differ=parts is not None and bool(parts[first] != parts[second]),
    )


def _drawn_first(looked: Looked, sets: Sequence[CopySet]) -> list[CopyPair]:
    """Pairs whose images can both be read, in the order in which they are worth drawing."""

    def harm(pair: CopyPair) -> tuple[bool, ...]:
        good = (not pair.labels_differ, not pair.parts_differ, not pair.groups_differ)
        return (*good, pair.identical)

    ranked = []
    for copies in sets:
        pairs = [p for p in copies.pairs if not {p.first, p.second} & set(looked.problems)]
        ranked += list(enumerate(sorted(pairs, key=harm)))
    return [pair for _, pair in sorted(ranked, key=lambda each: (each[0], harm(each[1])))]


def _kind(pair: CopyPair) -> str:
    kind = "identical" if pair.identical else "near-duplicates"
    return ", ".join([kind, *differences(pair)])


def _caption(dataset: Dataset, position: int) -> str:
    about = [label_text(dataset, position), _part(dataset, position)]
    name = dataset.images.names[dataset.rows[position]]
    return f"{name} ({', '.join(text for text in about if text)})"


def _part(dataset: Dataset, position: int) -> str:
    return "" if dataset.split is None else str(dataset.split[position])
