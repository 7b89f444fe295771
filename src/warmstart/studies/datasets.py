"""The datasets a study names: read from disk, or made from others."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from warmstart.core.text import first_few
from warmstart.data.checks import check_dataset
from warmstart.data.compose import of_parts, subset
from warmstart.data.dataset import Dataset, View
from warmstart.data.mix import mix
from warmstart.data.readers import read_dataset
from warmstart.data.relabel import relabel
from warmstart.errors import DataError
from warmstart.studies.config import DatasetSection, Study, Subset, parents_of
from warmstart.studies.consistency import target_datasets

_SHOWN = 5
"""Names in a note."""

Step = Callable[[str, int, int], None]


def read_datasets(
    study: Study,
    names: Iterable[str],
    base: Path,
    *,
    cache: Path | None = None,
    step: Step = lambda *_: None,
) -> dict[str, Dataset]:
    """Read datasets of a study, and those they are made from; decodes nothing.

    Args:
        study: Names the datasets.
        names: Which of them.
        base: Folder that relative roots are relative to.
        cache: Where archives are unpacked; the user's cache folder by default.
        step: Told how many bytes of archives have been unpacked, and of how many.

    Returns:
        The datasets asked for, in the order of the study.

    Raises:
        DataError: If a dataset cannot be read or made.
    """
    read: dict[str, Dataset] = {}

    def one(name: str) -> Dataset:
        if name not in read:
            parents = [one(parent) for parent in parents_of(study, name)]
            section = study.datasets[name]
            if section.reader is None:
                read[name] = _made(name, section, parents)
            else:
                read[name] = _read(name, section, base, cache, step)
        return read[name]

    wanted = set(names)
    return {name: one(name) for name in study.datasets if name in wanted}


def ancestors_of(study: Study, name: str) -> list[str]:
    """The datasets of whose images a derived dataset has some, nearest first."""
    found = []
    while (parent := study.datasets[name].derive) is not None:
        found.append(parent)
        name = parent
    return found


def joins_duplicates(study: Study, name: str) -> bool:
    """Whether near-duplicates in a dataset are to be one group."""
    family = (name, *ancestors_of(study, name))
    joined = any(study.datasets[member].regroup == "duplicates" for member in family)
    return joined or study.protocol.leakage == "group"


def _read(
    name: str, section: DatasetSection, base: Path, cache: Path | None, step: Step
) -> Dataset:
    root = None if section.root is None else base / Path(section.root).expanduser()
    window = {} if section.window is None else {"window": section.window}
    try:
        return read_dataset(
            name,
            str(section.reader),
            root,
            {**section.options, **window},
            cache=cache,
            progress=lambda done, total: step(f"unpacking {name}", done, total),
        )
    except DataError as error:
        if root is None or root.exists() or root == Path(str(section.root)).expanduser():
            raise
        raise DataError(
            f"{error} If {section.root} is in another folder, name that with --data-root DIR."
        ) from error


def _made(name: str, section: DatasetSection, parents: list[Dataset]) -> Dataset:
    if section.mix is None:
        made = _derived(name, section, parents[0])
        return check_dataset(replace(made, name=name, notes=(_note(section, made, parents[0]),)))
    how = section.mix
    mixed = mix(
        name, parents, labels=how.labels, proportions=how.proportions, n=how.n, seed=how.seed
    )
    return check_dataset(mixed)


def _derived(name: str, section: DatasetSection, dataset: Dataset) -> Dataset:
    """Other classes, then some of the images, then another look, then other groups."""
    if section.classes is not None:
        dataset = relabel(dataset, keep=section.classes.keep, merge=section.classes.merge)
    if section.subset is not None:
        dataset = _subset(name, section.subset, dataset)
    view = View(grayscale=section.grayscale, resolution=section.resolution)
    dataset = replace(dataset, view=dataset.view.then(view))
    return replace(dataset, groups=None) if section.regroup == "none" else dataset


def _subset(name: str, how: Subset, dataset: Dataset) -> Dataset:
    """Official parts first, then some of their images."""
    if how.parts:
        dataset = of_parts(dataset, how.parts)
    if how.n is None and how.fraction is None:
        return dataset
    return subset(
        dataset,
        n=how.n,
        fraction=how.fraction,
        stratified=how.stratified,
        weights=how.weights,
        seed=how.seed,
        name=name,
    )


def _note(section: DatasetSection, made: Dataset, parent: Dataset) -> str:
    """How a derived dataset differs from its parent, whose own notes may not hold for it."""
    found = [f"{len(made):,} of {len(parent):,} images of {parent.name}"]
    if section.subset and section.subset.parts:
        found.append(f"official parts: {', '.join(section.subset.parts)}")
    keep, merge = (section.classes.keep, section.classes.merge) if section.classes else (None, None)
    if keep:
        found.append(f"classes kept: {first_few(keep, _SHOWN)}")
    if merge:
        merged = [f"{new} ({first_few(olds, _SHOWN)})" for new, olds in merge.items()]
        found.append(f"classes merged: {first_few(merged, _SHOWN)}")
    if section.resolution:
        found.append(f"shown at {section.resolution} x {section.resolution}")
    if section.grayscale:
        found.append("without colours")
    if section.regroup == "none":
        found.append("every image its own group")
    return "; ".join(found)


def clean_pairs(study: Study) -> list[tuple[str, str]]:
    """Pairs of targets of the same images: with copies on both sides, and with copies on one."""
    found = []
    datasets = target_datasets(study)
    for target, name in datasets.items():
        section = study.datasets[name]
        others = [other for other, parent in datasets.items() if parent == section.derive]
        if section.regroup is None or _made_otherwise(section):
            continue
        found += [
            (other, target) if section.regroup == "duplicates" else (target, other)
            for other in others
        ]
    return found


def _made_otherwise(section: DatasetSection) -> bool:
    made = (section.classes, section.subset, section.resolution, section.grayscale or None)
    return any(how is not None for how in made)
