"""What a study does about the same image on both sides: report it, refuse, or group it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from warmstart.data.audit import Copies, crosses_groups, find_copies, join_groups
from warmstart.data.dataset import Dataset
from warmstart.data.fingerprint import NOTHING, image_digests
from warmstart.errors import DataError
from warmstart.models.starts import parse_start
from warmstart.studies.config import Study
from warmstart.studies.consistency import target_datasets
from warmstart.studies.plan import section_of, sources_of

SHOWN = 5
Step = Callable[[str, int, int], None]


def audited(
    study: Study, datasets: Mapping[str, Dataset], cache: Path, step: Step
) -> dict[str, Dataset]:
    """Return the datasets with a note on every leak found, or with their groups joined.

    Args:
        study: Whose sources, targets and protocol count.
        datasets: Every dataset that is trained on.
        cache: Where digests are kept.
        step: Told how many images of a dataset have been hashed, and of how many.

    Raises:
        DataError: If there is a leak and ``protocol.leakage`` is ``"refuse"``.
    """
    digests = {
        name: image_digests(dataset, cache, lambda done, total, name=name: step(name, done, total))  # type: ignore[misc]
        for name, dataset in datasets.items()
    }
    checked = {}
    for name, dataset in datasets.items():
        copies = [c for c in find_copies(dataset, digests[name]) if crosses_groups(dataset, c)]
        if copies and study.protocol.leakage == "group":
            dataset = join_groups(dataset, copies)
            found = [f"{_sets(len(copies))} joined into one group each"]
        else:
            found = list(_own_leaks(dataset, copies))
        if name in target_datasets(study).values():
            found += _from_sources(study, name, digests)
        if found and study.protocol.leakage == "refuse":
            raise DataError(
                f'{name}: {found[0]}. Remove the copies, or set protocol.leakage to "report", or '
                'to "group", which keeps equal images of one dataset on one side.'
            )
        checked[name] = dataset.warn(*found)
    return checked


def _own_leaks(dataset: Dataset, copies: Sequence[Copies]) -> Iterator[str]:
    if copies:
        yield f"{_sets(len(copies))} may lie on both sides of a split: {_shown(dataset, copies)}"
    wrong = [c for c in copies if c.contradictory]
    if wrong:
        yield f"{_sets(len(wrong))} with different labels: {_shown(dataset, wrong)}"


def _from_sources(
    study: Study, target_dataset: str, digests: Mapping[str, Sequence[bytes]]
) -> list[str]:
    """Sources whose own images are also images of the target."""
    own, found = set(digests[target_dataset]) - {NOTHING}, []
    targets = [name for name, data in target_datasets(study).items() if data == target_dataset]
    for source in dict.fromkeys(s for target in targets for s in sources_of(study, target)):
        start = parse_start(section_of(study, source).start)
        shared = own.intersection(digests.get(start.argument, ()))
        if start.kind == "dataset" and start.argument != target_dataset and shared:
            found.append(f"{len(shared)} of its images are also in source {source}")
    return found


def _sets(count: int) -> str:
    return "1 set of identical images" if count == 1 else f"{count} sets of identical images"


def _shown(dataset: Dataset, copies: Sequence[Copies]) -> str:
    names = dataset.names
    sets = [_few([names[p] for p in c.positions], " = ") for c in copies]
    return _few(sets, ", ")


def _few(texts: Sequence[str], between: str) -> str:
    shown = list(texts[:SHOWN]) + ["..."] * (len(texts) > SHOWN)
    return between.join(shown)
