"""Several datasets made one."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from warmstart.data.checks import NO_GROUPS
from warmstart.data.compose import subset
from warmstart.data.dataset import Dataset, Images
from warmstart.data.mixture import Mixture, leaves
from warmstart.errors import DataError

Labels = Literal["united", "apart"]


def mix(
    name: str,
    datasets: Sequence[Dataset],
    *,
    labels: Labels = "united",
    proportions: Sequence[float] | None = None,
    n: int | None = None,
    seed: int = 0,
) -> Dataset:
    """Return one dataset of the images of several.

    Images of one patient stay in one group where members are drawn from the same images or read
    from the same place, also inside members that are mixtures. An image of a member without groups
    joins the group that the same image has in another member.

    Args:
        name: Name of the mixture.
        datasets: The members, at least two, with different names.
        labels: ``united``: classes of one name are one class. ``apart``: each member has its own,
            named ``member: class``. A yes/no label that a member does not have is missing there.
        proportions: Share of each member, in any unit; by default members are taken whole.
        n: Images of the mixture; by default as many as the proportions allow.
        seed: Decides which images, where members are not taken whole; classes keep their shares.

    Raises:
        DataError: If there are too few members or images, members have one class per image and
            several labels, or proportions are not one positive number per member.
    """
    _check(name, datasets, proportions, n)
    sizes = member_sizes(name, [len(member) for member in datasets], proportions, n)
    members = [
        member
        if size == len(member)
        else replace(subset(member, n=size, seed=seed), notes=())  # they tell of all its images
        for member, size in zip(datasets, sizes, strict=True)
    ]
    named = [_class_names(member, labels) for member in members]
    classes = tuple(dict.fromkeys(name for names in named for name in names))
    numbered = [_labels(*one, classes) for one in zip(members, named, strict=True)]
    images, groups = Mixture(tuple(members)), _groups(members)
    return Dataset(
        name=name,
        images=images,
        rows=np.arange(len(images.names)),
        labels=np.concatenate(numbered),
        classes=classes,
        groups=groups,
        split=_split(members),
        notes=tuple(_notes(members)),
        warnings=tuple(
            f"{member.name}: {line}"
            for member in members
            for line in member.warnings
            if line != NO_GROUPS or groups is not None  # else it is said of the whole mixture
        ),
    )


def _check(
    name: str, members: Sequence[Dataset], proportions: Sequence[float] | None, n: int | None
) -> None:
    if len({member.name for member in members}) < max(2, len(members)):
        raise DataError(f"{name}: a mixture needs at least two datasets, each named once.")
    if len({member.multilabel for member in members}) > 1:
        raise DataError(
            f"{name}: a mixture is of datasets with one class per image, or of datasets with "
            "several yes/no labels, not of both."
        )
    if proportions is None and n is not None:
        raise DataError(f"{name}: n needs proportions, one number per dataset.")
    if proportions is not None and (
        len(proportions) != len(members) or not all(0 < share < math.inf for share in proportions)
    ):
        raise DataError(
            f"{name}: proportions are {list(proportions)}; expected one positive number for each "
            f"of {len(members)} datasets."
        )


def member_sizes(
    name: str, lengths: Sequence[int], proportions: Sequence[float] | None, n: int | None
) -> list[int]:
    """Images of each member: the whole numbers nearest to the proportions that sum to n.

    Args:
        name: Name of the mixture.
        lengths: Images of each dataset.
        proportions: As in `mix`.
        n: As in `mix`.

    Raises:
        DataError: If a member has too few images.
    """
    if proportions is None:
        return list(lengths)
    shares = np.array(proportions) / np.sum(proportions)
    most = int(np.min(np.floor(np.array(lengths) / shares + 1e-9)))
    total = most if n is None else n
    exact = total * shares
    sizes = np.floor(exact + 1e-9).astype(np.int64)
    sizes[np.argsort(sizes - exact, kind="stable")[: total - sizes.sum()]] += 1
    for size, length in zip(sizes, lengths, strict=True):
        if not 1 <= size <= length:
            raise DataError(
                f"{name}: {total} images in these proportions take {size} of a dataset of "
                f"{length}; at most {most} in all are to be had."
            )
    return [int(size) for size in sizes]


def _class_names(member: Dataset, labels: Labels) -> list[str]:
    prefix = "" if labels == "united" else f"{member.name}: "
    return [prefix + name for name in member.classes]


def _labels(member: Dataset, own: Sequence[str], classes: Sequence[str]) -> NDArray[np.generic]:
    places = np.array([classes.index(name) for name in own], np.int64)
    if not member.multilabel:
        return np.asarray(places[member.labels])
    wide = np.full((len(member), len(classes)), np.nan)
    wide[:, places] = member.labels
    return wide


def _groups(members: Sequence[Dataset]) -> NDArray[np.str_] | None:
    """Groups of members of the same images share their names; others get names of their own."""
    spaces: dict[object, int] = {}
    places: list[str] = []
    known: list[str | None] = []
    for leaf in chain.from_iterable(map(leaves, members)):
        space = spaces.setdefault(_space(leaf.images), len(spaces))
        places += [f"{space}/{name}" for name in leaf.names]
        if leaf.groups is None:
            known += [None] * len(leaf)
        else:
            known += [f"{space}: {group}" for group in leaf.groups.tolist()]
    own = [
        (number, group)
        for number, member in enumerate(members)
        for group in (member.names if member.groups is None else member.groups.tolist())
    ]
    groups = [group or place for group, place in zip(known, places, strict=True)]
    parts = _linked(places, groups, own)
    if not any(known) and len(set(parts)) == len(parts):
        return None
    called = dict(zip(parts, places, strict=True))
    called |= {part: group for part, group in zip(parts, known, strict=True) if group}
    return np.array([called[part] for part in parts], dtype=np.str_)


def _space(images: Images) -> object:
    """What is the same for all images in which one name is one image."""
    return id(images) if images.root is None else images.root.resolve()


def _linked(first: Sequence[object], *others: Sequence[object]) -> list[int]:
    """Number of the set each image is in; images that agree in any column are in one set."""
    every = dict.fromkeys(chain(first, *others))
    number = dict(zip(every, range(len(every)), strict=True))
    start = [number[value] for value in first] * len(others)
    end = [number[value] for value in chain(*others)]
    links = coo_array((np.ones(len(start), np.bool_), (start, end)), shape=(len(every),) * 2)
    sets = connected_components(links, directed=False)[1]
    return [int(sets[number[value]]) for value in first]


def _split(members: Sequence[Dataset]) -> NDArray[np.str_] | None:
    splits = [member.split for member in members if member.split is not None]
    return np.concatenate(splits) if len(splits) == len(members) else None


def _notes(members: Sequence[Dataset]) -> Iterator[str]:
    yield "mixed from " + ", ".join(f"{len(member):,} of {member.name}" for member in members)
    without = [member.name for member in members if member.split is None]
    if 0 < len(without) < len(members):
        has = "has" if len(without) == 1 else "have"
        yield f"no official parts: {', '.join(without)} {has} none"
    for member in members:
        yield from (f"{member.name}: {note}" for note in member.notes)
