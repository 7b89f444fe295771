"""What a study does about the same picture on both sides: report it, refuse, or group it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmstart.core.text import counted
from warmstart.data.audit import (
    MOST,
    Compared,
    Copies,
    comparable,
    crosses_groups,
    find_copies,
    join_groups,
    pairs_between,
    pairs_within,
    too_many,
)
from warmstart.data.dataset import Dataset
from warmstart.errors import DataError
from warmstart.models.starts import parse_start
from warmstart.studies.config import Study
from warmstart.studies.consistency import target_datasets
from warmstart.studies.datasets import joins_duplicates
from warmstart.studies.plan import section_of, sources_of

SHOWN = 5
DRAWN = 12
"""Pairs of each dataset, or of a dataset and a source, that the report draws."""

Step = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Leak:
    """Two images that show the same picture and may lie on both sides.

    Attributes:
        dataset: Dataset of the first image.
        other: Dataset of the second one; the same, or that of a source.
        image: Name of the first.
        other_image: Name of the second.
        label: Class of the first, or its labels.
        other_label: Class of the second.
        identical: Whether the stored bytes are the same.
        joined: Whether they were put into one group, so that no split parts them.
        pixels: Both as they were compared, uint8 (64, 64, c) each; ``None`` for those not drawn.
    """

    dataset: str
    other: str
    image: str
    other_image: str
    label: str
    other_label: str
    identical: bool
    joined: bool
    pixels: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None


@dataclass(frozen=True, eq=False)
class Audited:
    """Datasets with what was found in them.

    Attributes:
        datasets: With a warning on every leak, or with their groups joined.
        leaks: Every pair found, by dataset.
    """

    datasets: Mapping[str, Dataset]
    leaks: tuple[Leak, ...]


def audited(
    study: Study,
    datasets: Mapping[str, Dataset],
    digests: Mapping[str, Sequence[bytes]],
    cache: Path,
    step: Step,
) -> Audited:
    """Look for the same picture in different groups, with different labels, in source and target.

    Args:
        study: Whose sources, targets and protocol count.
        datasets: Every dataset that is trained on.
        digests: Digest of each image of each dataset.
        cache: Where small images and the pairs found are kept.
        step: Told how far the search is.

    Raises:
        DataError: If there is a leak and ``protocol.leakage`` is ``"refuse"``.
    """
    compared = {
        name: comparable(dataset, digests[name], cache, told(step, f"decoding {name}"))
        for name, dataset in datasets.items()
    }
    checked: dict[str, Dataset] = {}
    leaks: list[Leak] = []
    for name, dataset in datasets.items():
        pairs = pairs_within(compared[name], cache, told(step, f"comparing {name}"))
        sets = find_copies(dataset, digests[name], pairs)
        crossing = [c for c in sets if crosses_groups(dataset, c) or c.contradictory]
        joins = joins_duplicates(study, name)
        lines = list(_own_leaks(dataset, crossing, joined=joins))
        leaks += _own_pairs(compared[name], crossing, joined=joins)
        if joins and crossing:
            dataset = join_groups(dataset, crossing)
        for source, found in _from_sources(study, name, compared, cache, step):
            lines.append(
                f"{counted(len(found), 'of its images is', 'of its images are')} in {source} too"
            )
            leaks += found
        if lines and study.protocol.leakage == "refuse":
            raise DataError(
                f'{name}: {lines[0]}. Remove the copies, or set protocol.leakage to "report", or '
                'to "group", which keeps copies of one dataset on one side.'
            )
        if too_many(compared[name]):
            lines.append(f"near-duplicates were not looked for: more than {MOST:,} images")
        checked[name] = dataset.warn(*lines)
    return Audited(checked, tuple(leaks))


def told(step: Step, what: str) -> Callable[[int, int], None]:
    """What is told done and total, of something that a step names."""
    return lambda done, total: step(what, done, total)


def _own_leaks(dataset: Dataset, found: Sequence[Copies], *, joined: bool) -> Iterator[str]:
    for identical in (True, False):
        sets = [c for c in found if c.identical == identical]
        apart = [c for c in sets if crosses_groups(dataset, c)]
        wrong = [c for c in sets if c.contradictory]
        kind = "identical" if identical else "near-duplicate"
        name = f"of {kind} images"
        if apart and joined:
            yield f"{counted(len(apart), 'set')} {name} joined into one group each"
        elif apart:
            sets_text = counted(len(apart), "set")
            shown = _shown(dataset, apart)
            yield f"{sets_text} {name} may lie on both sides of a split: {shown}"
        if wrong:
            shown = _shown(dataset, wrong)
            yield f"{counted(len(wrong), 'set')} {name} with different labels: {shown}"


def _own_pairs(one: Compared, found: Sequence[Copies], *, joined: bool) -> list[Leak]:
    """The first image of each set beside every other one."""
    places = [(int(c.positions[0]), int(other)) for c in found for other in c.positions[1:]]
    return list(_leaks(one, one, places, joined=joined))


def _leaks(
    one: Compared, other: Compared, places: Sequence[tuple[int, int]], *, joined: bool
) -> Iterator[Leak]:
    names, other_names = one.dataset.names, other.dataset.names
    for number, (first, second) in enumerate(places):
        drawn = (one.picture(first), other.picture(second)) if number < DRAWN else None
        yield Leak(
            dataset=one.dataset.name,
            other=other.dataset.name,
            image=names[first],
            other_image=other_names[second],
            label=label_text(one.dataset, first),
            other_label=label_text(other.dataset, second),
            identical=one.digests[first] == other.digests[second],
            joined=joined,
            pixels=drawn,
        )


def label_text(dataset: Dataset, position: int) -> str:
    """Class of an image, or its labels with | between them."""
    if not dataset.multilabel:
        return str(dataset.classes[dataset.labels[position]])
    present = np.flatnonzero(dataset.labels[position] == 1)
    return "|".join(dataset.classes[label] for label in present)


def _from_sources(
    study: Study, target_dataset: str, compared: Mapping[str, Compared], cache: Path, step: Step
) -> Iterator[tuple[str, list[Leak]]]:
    """Sources whose own images are also images of the target; one pair per image of the target."""
    targets = [name for name, data in target_datasets(study).items() if data == target_dataset]
    for source in dict.fromkeys(s for target in targets for s in sources_of(study, target)):
        start = parse_start(section_of(study, source).start)
        if start.kind != "dataset" or start.argument == target_dataset:
            continue
        one, other = compared[target_dataset], compared[start.argument]
        pairs = pairs_between(
            one, other, cache, told(step, f"comparing {target_dataset} with {start.argument}")
        )
        places = dict(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
        found = list(_leaks(one, other, sorted(places.items()), joined=False))
        if found:
            yield f"source {source}", found


def _shown(dataset: Dataset, copies: Sequence[Copies]) -> str:
    names = dataset.names
    sets = [_few([names[p] for p in c.positions], " = ") for c in copies]
    return _few(sets, ", ")


def _few(texts: Sequence[str], between: str) -> str:
    shown = list(texts[:SHOWN]) + ["..."] * (len(texts) > SHOWN)
    return between.join(shown)
