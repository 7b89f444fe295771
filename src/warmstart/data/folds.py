"""Train, validation and test parts: groups stay on one side, classes keep their shares."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from warmstart.core.assign import assign
from warmstart.data.checks import check_folds_possible, class_members, units
from warmstart.data.dataset import Dataset
from warmstart.errors import DataError

Positions = NDArray[np.int64]
Split = Literal["kfold", "described", "paper", "official"]

_VALIDATION = 0.1
"""Share of all images in the validation part of ``kfold`` and ``official``."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Ascending positions of a dataset's images in each part; validation may be empty."""

    train: Positions
    validation: Positions
    test: Positions


def split_parts(
    dataset: Dataset, *, split: Split, folds: int, fold: int, seed: int, validation: bool
) -> Parts:
    """Return the parts of one fold.

    Args:
        dataset: A checked dataset.
        split: ``kfold``: the held-out fold is the test part, and the validation part is cut from
            the rest. ``described``: the held-out fold is cut into validation and test halves.
            ``paper``: the held-out fold is both. ``official``: the release's own parts.
        folds: Number of folds; ``official`` has one whatever it says.
        fold: Which one, from 0.
        seed: Decides the folds; the same seed gives the same folds.
        validation: Whether something is chosen on a validation part. ``described`` and ``paper``
            have one in any case.

    Raises:
        DataError: If the split is impossible or a class is missing from training or test.
    """
    if split == "official":
        parts = _official(dataset, fold, seed, validation)
    else:
        check_folds_possible(dataset, folds)
        held_out = fold_numbers(dataset, folds, seed) == fold
        parts = _WITH_FOLDS[split](dataset, held_out, [seed, folds, fold], validation)
    return _checked(dataset, parts, f"fold {fold}")


def fold_numbers(dataset: Dataset, folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold in which each image is held out, stratified and group-wise."""
    rng = np.random.default_rng([seed, folds])
    return assign(class_members(dataset), units(dataset), (1 / folds,) * folds, rng)


def pretraining_parts(dataset: Dataset, *, seed: int) -> Parts:
    """Return the seeded, group-wise, stratified 80/10/10 parts that a source is pretrained on.

    A class with few groups may be missing from validation and test, never from training.

    Raises:
        DataError: If there are too few groups for three parts.
    """
    rng = np.random.default_rng([seed, 801010])
    shares = (0.8, 0.1, 0.1)
    part = assign(class_members(dataset), units(dataset), shares, rng, first_has_all=True)
    train, validation, test = (np.flatnonzero(part == number) for number in range(3))
    if not (len(validation) and len(test)):
        unit = "images" if dataset.groups is None else "groups"
        raise DataError(
            f"{dataset.name}: {len(np.unique(units(dataset)))} {unit} are too few to pretrain on; "
            "training, validation and test part each need some."
        )
    return Parts(train, validation, test)


def _kfold(dataset: Dataset, held_out: NDArray[np.bool_], seed: list[int], cut: bool) -> Parts:
    rest, test = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    if not cut:
        return Parts(rest, _none(), test)
    share = min(0.5, _VALIDATION * len(dataset) / len(rest))
    return Parts(*_cut(dataset, rest, share, seed), test)


def _described(dataset: Dataset, held_out: NDArray[np.bool_], seed: list[int], cut: bool) -> Parts:
    test, validation = _cut(dataset, np.flatnonzero(held_out), 0.5, seed)
    return Parts(np.flatnonzero(~held_out), validation, test)


def _paper(dataset: Dataset, held_out: NDArray[np.bool_], seed: list[int], cut: bool) -> Parts:
    test = np.flatnonzero(held_out)
    return Parts(np.flatnonzero(~held_out), test, test)


_WITH_FOLDS: Mapping[str, Callable[[Dataset, NDArray[np.bool_], list[int], bool], Parts]] = (
    MappingProxyType({"kfold": _kfold, "described": _described, "paper": _paper})
)


def _official(dataset: Dataset, fold: int, seed: int, cut: bool) -> Parts:
    if dataset.split is None:
        raise DataError(
            f"{dataset.name} has no official parts; choose another protocol.split, or give the "
            "dataset a column of train, validation and test."
        )
    if fold != 0:
        raise DataError(f"{dataset.name}: the official split has one fold, 0, and not {fold}.")
    train, validation, test = (
        np.flatnonzero(dataset.split == part) for part in ("train", "validation", "test")
    )
    _refuse_crossing(dataset)
    if cut and not len(validation) and len(train):
        share = min(0.5, _VALIDATION * len(dataset) / len(train))
        train, validation = _cut(dataset, train, share, [seed])
    return Parts(train, validation, test)


def _refuse_crossing(dataset: Dataset) -> None:
    if dataset.groups is None or dataset.split is None:
        return
    pairs = {*zip(dataset.groups.tolist(), dataset.split.tolist(), strict=True)}
    crossing = sum(count > 1 for count in Counter(group for group, _ in pairs).values())
    if crossing:
        groups = "1 group has" if crossing == 1 else f"{crossing} groups have"
        raise DataError(
            f"{dataset.name}: {groups} images in several official parts, which makes the AUC too "
            'high; use another protocol.split, or derive a dataset with regroup = "none" to accept '
            "it."
        )


def _cut(
    dataset: Dataset, positions: Positions, share: float, seed: list[int]
) -> tuple[Positions, Positions]:
    """Cut a share from these positions; what is left has every class that they have."""
    members, unit = class_members(dataset)[positions], units(dataset)[positions]
    rng = np.random.default_rng(seed)
    part = assign(members, unit, (1 - share, share), rng, first_has_all=True)
    return positions[part == 0], positions[part == 1]


def _checked(dataset: Dataset, parts: Parts, where: str) -> Parts:
    """Refuse a part for training or test in which a class, or one side of a label, is missing."""
    members = class_members(dataset)
    for part, positions in (("training", parts.train), ("test", parts.test)):
        present = members[positions].any(axis=0)
        if dataset.multilabel:
            present &= (dataset.labels[positions] == 0).any(axis=0)
        if not present.all():
            name = dataset.classes[int(np.flatnonzero(~present)[0])]
            sides = (
                "label {!r} is not both 0 and 1"
                if dataset.multilabel
                else "class {!r} has no image"
            )
            raise DataError(
                f"{dataset.name}, {where}: {sides.format(name)} in the {part} part; lower "
                "protocol.folds, take another seed or merge the class."
            )
    return parts


def _none() -> Positions:
    return np.empty(0, np.int64)
