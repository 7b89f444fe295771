"""How many images the datasets of a study have: on disk, or as published where they are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from warmstart.data.dataset import Dataset
from warmstart.data.mix import member_sizes
from warmstart.data.readers import published_images, readers
from warmstart.errors import DataError
from warmstart.studies.config import DatasetSection, Study, parents_of
from warmstart.studies.datasets import Step, read_datasets


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Images of datasets.

    Attributes:
        images: How many, by dataset.
        official_train: Share of them in the official training part, where there is one.
        missing: The datasets that are not on disk and were counted as published.
    """

    images: Mapping[str, int]
    official_train: Mapping[str, float]
    missing: frozenset[str]


def sizes_of(datasets: Mapping[str, Dataset]) -> Sizes:
    """The sizes of datasets that were read."""
    return Sizes(
        images={name: len(dataset) for name, dataset in datasets.items()},
        official_train={
            name: float((dataset.split == "train").mean())
            for name, dataset in datasets.items()
            if dataset.split is not None
        },
        missing=frozenset(),
    )


def family_of(study: Study, name: str) -> list[str]:
    """A dataset and all that it is made from."""
    return [name, *(one for parent in parents_of(study, name) for one in family_of(study, parent))]


def without_root(study: Study, names: Iterable[str], base: Path) -> list[str]:
    """Those of these datasets, and of the ones they are made from, whose root does not exist."""
    needed = {one for name in names for one in family_of(study, name)}
    return [name for name in study.datasets if name in needed and _is_missing(study, name, base)]


def _is_missing(study: Study, name: str, base: Path) -> bool:
    section = study.datasets[name]
    root, reader = _root(section, base), readers().get(str(section.reader))
    return reader is not None and reader.needs_root and root is not None and not root.exists()


def published_sizes(
    study: Study, names: Iterable[str], base: Path, *, cache: Path, step: Step
) -> Sizes:
    """The sizes of a study's datasets, of which some are not on disk.

    Those that are there are read; of the others the readers of public releases know how many
    images were published, and derived datasets follow from them.

    Args:
        study: Names the datasets.
        names: Which of them.
        base: Folder that relative roots are relative to.
        cache: Where archives are unpacked.
        step: Told how many bytes of archives have been unpacked, and of how many.

    Raises:
        DataError: If a dataset cannot be read, or neither lies there nor has a published number.
    """
    wanted = [name for name in study.datasets if name in set(names)]
    missing = without_root(study, wanted, base)
    published = {name: _published(study, name, base) for name in missing}
    unknown = [name for name, images in published.items() if images is None]
    if unknown:
        raise DataError(_not_there(study, unknown, base))
    needed = {one for name in wanted for one in family_of(study, name)}
    there = [name for name in needed if not published.keys() & set(family_of(study, name))]
    read = sizes_of(read_datasets(study, there, base, cache=cache, step=step))
    known = {**read.images, **published}

    def images(name: str) -> int:
        found = known.get(name)
        if found is None:
            parents = [images(parent) for parent in parents_of(study, name)]
            found = known[name] = _made(name, study.datasets[name], parents)
        return found

    return Sizes(
        images={name: images(name) for name in wanted},
        official_train=read.official_train,
        missing=frozenset(missing),
    )


def _made(name: str, section: DatasetSection, parents: list[int]) -> int:
    """Images of a dataset that is made from others, as far as their numbers tell."""
    if section.mix is not None:
        return sum(member_sizes(name, parents, section.mix.proportions, section.mix.n))
    if section.classes is not None and section.classes.keep is not None:
        raise DataError(
            f"{name}: it keeps some classes of {section.derive}, and how many images these have is "
            f"not known before {section.derive} is there."
        )
    if section.subset is None:
        return parents[0]
    if section.subset.fraction is not None:
        return max(1, round(section.subset.fraction * parents[0]))
    return section.subset.n or parents[0]


def _published(study: Study, name: str, base: Path) -> int | None:
    section = study.datasets[name]
    return published_images(name, str(section.reader), _root(section, base), section.options)


def _not_there(study: Study, names: list[str], base: Path) -> str:
    """What is missing, in the words of the readers."""
    lines = []
    for name in names:
        try:
            read_datasets(study, [name], base)
        except DataError as error:
            lines.append(str(error))
    if len(lines) == 1:
        return lines[0]
    return f"{len(lines)} datasets are not there:\n" + "\n".join(f"  {line}" for line in lines)


def _root(section: DatasetSection, base: Path) -> Path | None:
    return None if section.root is None else base / Path(section.root).expanduser()
