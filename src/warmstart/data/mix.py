"""Several datasets made one."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from warmstart.data.compose import subset
from warmstart.data.dataset import Dataset
from warmstart.data.mixture import Mixture
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

    Images of one patient stay in one group where two members are drawn from the same images.

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
    sizes = _sizes(name, [len(member) for member in datasets], proportions, n)
    members = [
        member if size == len(member) else subset(member, n=size, seed=seed)
        for member, size in zip(datasets, sizes, strict=True)
    ]
    named = [_class_names(member, labels) for member in members]
    classes = tuple(dict.fromkeys(name for names in named for name in names))
    numbered = [_labels(*one, classes) for one in zip(members, named, strict=True)]
    images = Mixture(tuple(members))
    return Dataset(
        name=name,
        images=images,
        rows=np.arange(len(images.names)),
        labels=np.concatenate(numbered),
        classes=classes,
        groups=_groups(members),
        split=_split(members),
        notes=(_note(members),),
        warnings=tuple(f"{m.name}: {line}" for m in members for line in m.warnings),
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
        len(proportions) != len(members) or not all(share > 0 for share in proportions)
    ):
        raise DataError(
            f"{name}: proportions are {list(proportions)}; expected one positive number for each "
            f"of {len(members)} datasets."
        )


def _sizes(
    name: str, lengths: Sequence[int], proportions: Sequence[float] | None, n: int | None
) -> list[int]:
    """Images of each member; the whole numbers nearest to the proportions that sum to n."""
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
    if all(member.groups is None for member in members) and _apart(members):
        return None
    found: list[str] = []
    for member in members:
        space = next(m.name for m in members if m.images is member.images)
        alone = (f"image {name}" for name in member.names)
        own = alone if member.groups is None else member.groups.tolist()
        found += [f"{space}: {group}" for group in own]
    return np.array(found, dtype=np.str_)


def _apart(members: Sequence[Dataset]) -> bool:
    return len({id(member.images) for member in members}) == len(members)


def _split(members: Sequence[Dataset]) -> NDArray[np.str_] | None:
    splits = [member.split for member in members if member.split is not None]
    return np.concatenate(splits) if len(splits) == len(members) else None


def _note(members: Sequence[Dataset]) -> str:
    return "mixed from " + ", ".join(f"{len(member):,} of {member.name}" for member in members)
