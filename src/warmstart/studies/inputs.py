"""What a study trains on: datasets read, prepared once per geometry, and identified."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.data.checks import check_dataset, check_folds_possible
from warmstart.data.dataset import Dataset
from warmstart.data.fingerprint import fingerprint, image_digests
from warmstart.data.mixture import view_question
from warmstart.data.prepare import PreparedImages, prepare
from warmstart.models.starts import parse_start
from warmstart.models.weights import Weights, resolve_weights
from warmstart.studies.config import Study
from warmstart.studies.consistency import target_datasets
from warmstart.studies.datasets import ancestors_of, read_datasets
from warmstart.studies.leakage import Leak, audited, told
from warmstart.studies.plan import arms_of, cells, section_of, sources_of
from warmstart.studies.recipes import finetune_recipe, pretrain_recipe, trials
from warmstart.training.recipe import Recipe

Geometry = tuple[int, str]
"""Image size and fit."""
Say = Callable[[str], None]
Step = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Datasets by name, with their identity and where their prepared images lie.

    Attributes:
        datasets: Every dataset that is trained on.
        digests: Digest of each of their images.
        fingerprints: Their identity.
        leaks: The same picture found on both sides.
        prepared: Per dataset and geometry, the prepared images and the rows that are its own; empty
            where nothing was prepared.
    """

    datasets: Mapping[str, Dataset]
    digests: Mapping[str, Sequence[bytes]]
    fingerprints: Mapping[str, str]
    leaks: tuple[Leak, ...]
    prepared: Mapping[tuple[str, Geometry], tuple[PreparedImages, NDArray[np.int64]]]

    @property
    def identities(self) -> dict[str, dict[str, Any]]:
        """What names the images of each dataset in the question of a run.

        The fingerprint; how they are shown, where that is not as they are stored; and the order of
        the classes, which is that of a network's outputs, where it is not the alphabetical one.
        """
        found: dict[str, dict[str, Any]] = {}
        for name, dataset in self.datasets.items():
            found[name] = {"dataset": self.fingerprints[name]}
            found[name] |= view_question(dataset)
            if list(dataset.classes) != sorted(dataset.classes):
                found[name]["classes"] = list(dataset.classes)
        return found


def used_datasets(study: Study) -> dict[str, set[Geometry]]:
    """The datasets that are trained on, each with the geometries its recipes name."""
    used: dict[str, set[Geometry]] = {}
    datasets = target_datasets(study)

    def need(dataset: str, recipe: Recipe) -> None:
        used.setdefault(dataset, set()).add((recipe.image_size, recipe.fit))

    for target, dataset in datasets.items():
        for source in sources_of(study, target):
            section = section_of(study, source)
            start = parse_start(section.start)
            if start.kind == "dataset":
                need(start.argument, pretrain_recipe(study, section))
            for name, trial in product(arms_of(study, source), trials(study)):
                arm = study.arms[name]
                need(dataset, finetune_recipe(study, source, section, target, arm, trial))
    return used


def read_inputs(
    study: Study,
    *,
    base: Path,
    cache: Path,
    say: Say,
    step: Step = lambda *_: None,
    about: Collection[str] | None = None,
) -> Inputs:
    """Read, identify and audit every dataset that is trained on.

    Args:
        study: What is asked.
        base: Folder that relative roots are relative to.
        cache: Where digests are kept.
        say: Told what a user must know about how a dataset was read.
        step: Told how many images have been hashed, decoded or compared, and of how many.
        about: Names of the datasets that are spoken of; by default all.

    Raises:
        DataError: If a dataset cannot be read, or cannot be split as the protocol asks.
    """
    read = read_datasets(study, used_datasets(study), base, cache=cache, step=step)
    digests = {
        name: image_digests(dataset, cache, told(step, f"reading {name}"))
        for name, dataset in read.items()
    }
    audit = audited(study, read, digests, cache, step)
    used = audit.datasets
    for name, dataset in used.items():
        if about is None or name in about:
            for note in (*dataset.notes, *dataset.warnings):
                say(f"{name}: {note}")
    for name in target_datasets(study).values():
        if study.protocol.split != "official":
            check_folds_possible(used[name], study.protocol.folds)
    prints = {name: fingerprint(dataset, digests[name]) for name, dataset in used.items()}
    return Inputs(
        datasets=used, digests=digests, fingerprints=prints, leaks=audit.leaks, prepared={}
    )


def prepare_inputs(
    study: Study,
    inputs: Inputs,
    *,
    cache: Path,
    skip_unreadable: bool,
    say: Say,
    step: Step,
    about: Collection[str] | None = None,
) -> Inputs:
    """Decode and resize every dataset once per geometry; what is prepared already is found.

    A derived dataset whose parent is prepared too shares the parent's images.

    Raises:
        DataError: If images are unreadable and are not to be skipped; lists all of them.
    """
    used = used_datasets(study)
    datasets, digests = dict(inputs.datasets), dict(inputs.digests)
    prepared: dict[tuple[str, Geometry], tuple[PreparedImages, NDArray[np.int64]]] = {}
    for name in sorted(used, key=lambda n: (len(ancestors_of(study, n)), n)):  # parents first
        for geometry in sorted(used[name]):
            host = _host(study, datasets, name, geometry, used)
            if host != name:
                found, host_rows = prepared[host, geometry]
                datasets[name], rows = _within(datasets[name], datasets[host], host_rows)
            else:
                datasets[name], found = prepare(
                    datasets[name],
                    size=geometry[0],
                    fit=geometry[1],  # type: ignore[arg-type]
                    cache=cache,
                    skip_unreadable=skip_unreadable,
                    digests=inputs.digests[name],
                    progress=told(step, f"preparing {name}"),
                )
                rows = np.arange(len(datasets[name]))
            prepared[name, geometry] = found, rows
        if about is None or name in about:
            for note in set(datasets[name].warnings) - set(inputs.datasets[name].warnings):
                say(f"{name}: {note}")
    for name, dataset in datasets.items():
        if len(dataset) < len(digests[name]):  # unreadable images were left out
            there = np.searchsorted(inputs.datasets[name].rows, dataset.rows)
            digests[name] = [digests[name][position] for position in there]
    prints = {name: fingerprint(dataset, digests[name]) for name, dataset in datasets.items()}
    return replace(
        inputs, datasets=datasets, digests=digests, fingerprints=prints, prepared=prepared
    )


def resolve_starts(study: Study, *, base: Path, cache: Path) -> dict[tuple[str, str], Weights]:
    """Find the weights of every planned cell that starts from published weights or a file.

    Raises:
        WeightsError: If a planned cell's weights do not exist or do not fit.
        UnknownNameError: If a network is unknown.
    """
    found: dict[tuple[str, str], Weights] = {}
    for network, source in dict.fromkeys((cell.network, cell.source) for cell in cells(study)):
        start = parse_start(section_of(study, source).start)
        if start.kind in ("timm", "hf", "file"):
            found[network, source] = resolve_weights(start, network, cache=cache, root=base)
    return found


def _host(
    study: Study,
    datasets: Mapping[str, Dataset],
    name: str,
    geometry: Geometry,
    used: Mapping[str, set[Geometry]],
) -> str:
    """The dataset whose prepared images a dataset reads.

    The farthest ancestor that has them, and shows them in the same way.
    """
    own = datasets[name]
    for ancestor in reversed(ancestors_of(study, name)):
        if geometry in used.get(ancestor, ()) and datasets[ancestor].view == own.view:
            return ancestor
    return name


def _within(
    dataset: Dataset, host: Dataset, host_rows: NDArray[np.int64]
) -> tuple[Dataset, NDArray[np.int64]]:
    """The images of a dataset that its host has, and their rows in the host's prepared images."""
    there = np.isin(dataset.rows, host.rows)
    kept = dataset
    if not there.all():
        note = f"{(~there).sum()} of {len(dataset)} images are unreadable and were left out"
        kept = dataset.take(np.flatnonzero(there))
        kept = check_dataset(kept.warn(note))
    return kept, host_rows[np.searchsorted(host.rows, kept.rows)]
