"""Two datasets side by side, or two trained networks on the same images."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmstart.core.columns import columns
from warmstart.data.dataset import Dataset
from warmstart.embed.activations import activations
from warmstart.embed.probe import Probe, make_probe
from warmstart.errors import ConfigError, DataError
from warmstart.measures.noise import INDISTINGUISHABLE
from warmstart.measures.representation import independent_baseline
from warmstart.measures.table import known_measures
from warmstart.models.fit import check_linear_layer
from warmstart.models.pretrained import read_tensors
from warmstart.studies.distances import distance_between, distance_name, published_eye
from warmstart.studies.material import AVAILABLE, sample_of
from warmstart.studies.run_starts import START

WEIGHTS, SETTINGS = "model.safetensors", "preprocess.json"
REPEATS = 5
"""Orders of the images that say what a comparison is worth when nothing corresponds."""

Step = Callable[[str, int, int], None]


def is_checkpoint(place: Path) -> bool:
    """Whether this is the folder of a run, with its weights."""
    return (place / WEIGHTS).is_file()


def dataset_lines(
    one: Dataset,
    other: Dataset,
    *,
    network: str,
    size: int,
    most: int,
    cache: Path,
    step: Step = lambda *_: None,
) -> Iterator[str]:
    """Say how far two datasets are apart, a line for each distance and property.

    Args:
        one: A dataset.
        other: Another.
        network: A network with published weights, whose features are compared.
        size: Height and width at which images are shown to it, in pixels.
        most: How many images of each are looked at, at most.
        cache: Where images, features and values are kept.
        step: Told how many measures are done, and of how many.

    Raises:
        DataError: If images cannot be read.
        WeightsError: If the network has no published weights.
    """
    eye = published_eye(network, cache)
    a, b = (sample_of(d, size=size, fit="squash", most=most, cache=cache) for d in (one, other))
    rows = [
        row
        for row in known_measures()[0].values()
        if row.kind in ("distance", "property") and AVAILABLE.issuperset(row.needs)
    ]
    table, left_out = [("measure", "value", "95 % interval", "of one dataset's halves", "")], []
    for done, row in enumerate(rows):
        step("measuring", done, len(rows))
        name = distance_name(row)
        try:
            found = distance_between(row, a, b, eye=eye, cache=cache)
        except DataError as error:
            left_out.append(f"{name} is left out: {error}")
            continue
        sure = "" if found.distinguishable else INDISTINGUISHABLE
        ends = f"{found.low:.4g} to {found.high:.4g}"
        table.append((name, f"{found.value:.4g}", ends, f"{found.floor:.4g}", sure))
    step("measuring", len(rows), len(rows))
    yield (
        f"{one.name} ({len(a.labels):,} images) and {other.name} ({len(b.labels):,} images), seen "
        f"by {network} at {size} px; lower is more alike"
    )
    yield from columns(table)
    yield from left_out


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """A trained network and how images are shown to it.

    Attributes:
        name: Name of its folder.
        probe: The network.
        size: Height and width of its images, in pixels.
        fit: How an image becomes square.
    """

    name: str
    probe: Probe
    size: int
    fit: Any


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read the network of a run, or what the run started from.

    Raises:
        ConfigError: If the folder is none of a run.
        WeightsError: If its weights cannot be read, or are not of as many classes as it says.
    """
    try:
        settings = json.loads((folder / SETTINGS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{folder} has no readable {SETTINGS}; name the folder of a run, such as "
            "DIR/runs/<key>."
        ) from error
    name = f"{folder.parent.name}/{START}" if folder.name == START else folder.name
    tensors, classes = read_tensors(folder / WEIGHTS), len(settings["classes"])
    check_linear_layer(tensors, settings["network"], what=name, classes=classes)
    probe = make_probe(
        settings["network"], tensors, mean=tuple(settings["mean"]), std=tuple(settings["std"])
    )
    return Checkpoint(name=name, probe=probe, size=settings["image_size"], fit=settings["fit"])


def checkpoint_lines(
    one: Checkpoint,
    other: Checkpoint,
    dataset: Dataset,
    *,
    most: int,
    cache: Path,
    step: Step = lambda *_: None,
) -> Iterator[str]:
    """Say how alike two networks represent the same images, stage by stage.

    Networks of one kind are compared at each stage, others by what their linear layers read.

    Args:
        one: A network.
        other: Another.
        dataset: The images, each network is shown them at its own size.
        most: How many images, at most; CCA needs more of them than a stage has channels.
        cache: Where prepared images are kept.
        step: Told how many stages are done, and of how many.

    Raises:
        DataError: If images cannot be read.
    """
    maps = []
    for checkpoint in (one, other):
        sample = sample_of(
            dataset, size=checkpoint.size, fit=checkpoint.fit, most=most, cache=cache
        )
        maps.append(activations(checkpoint.probe, sample.images))
    a, b = maps
    same = one.probe.network == other.probe.network
    pairs = [(name, name) for name in a] if same else [(list(a)[-1], list(b)[-1])]
    rows = [row for row in known_measures()[0].values() if row.kind == "representation"]
    table = [("stage", *(row.title for row in rows))]
    left_out: dict[str, None] = {}
    for done, (ours, theirs) in enumerate(pairs):
        step("comparing stages", done, len(pairs))
        cells = []
        for row in rows:
            try:
                value = row.compute(a[ours], b[theirs])
                none = independent_baseline(row.compute, a[ours], b[theirs], repeats=REPEATS)
                cells.append(f"{value:.3f} ({none.mean():.3f})")
            except DataError as error:
                cells.append("-")
                left_out.setdefault(f"{row.title}: {error}")
        table.append((ours if same else f"{ours} and {theirs}", *cells))
    step("comparing stages", len(pairs), len(pairs))
    count = len(next(iter(a.values())))
    yield (
        f"{one.name} and {other.name} on {count:,} images of {dataset.name}; in brackets what "
        "unrelated representations of these sizes have"
    )
    yield from columns(table)
    yield from left_out
