"""Scores of the networks that fine-tuning starts from, on the images it is to learn."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.data.ahead import map_on_cores
from warmstart.embed.probe import Probe
from warmstart.embed.stored import stored_arrays
from warmstart.errors import DataError
from warmstart.measures.panel import panel
from warmstart.measures.table import known_measures
from warmstart.models.starts import parse_start
from warmstart.studies.material import Sample, material
from warmstart.studies.measured_study import MeasuredStudy
from warmstart.studies.plan import PlannedRun

LEAST_SIDE = 160
"""In pixels, of images that a head trained on ImageNet, at 224 and more, still knows."""
_VERSION = 1
"""Raised by hand when a change of the code changes a score."""

Floats = NDArray[np.float64]


def scores_of(work: MeasuredStudy, run: PlannedRun, names: Sequence[str]) -> Mapping[str, Floats]:
    """Score the network that a run starts from on its target; kept in the cache.

    Args:
        work: The study.
        run: A fine-tuning.
        names: Names of scores.

    Returns:
        By name the score on all images, then on each half; without those that need a head the
        network does not have, and empty where nothing can be scored, which the listener is told.
    """
    if run.needs is not None and work.place.outcome(run.needs) is None:
        work.listener.say(
            f"{run.source} is not pretrained with {run.network}: scores are left out; "
            "`warmstart study run` pretrains it."
        )
        return {}
    if not names:
        return {}
    probe = work.starting_probe(run)
    sample = work.sample(run.dataset, run)

    def compute() -> dict[str, Floats]:
        halves = sample.halves() if work.intervals else []
        given = [_material(work, probe, one) for one in (sample, *halves)]
        every = list(map_on_cores(_panel, given))
        return {name: np.array([one.get(name, np.nan) for one in every]) for name in every[0]}

    question = ["scores", _VERSION, probe.digest, sample.key, list(names)]
    question += [] if work.intervals else ["once"]
    try:
        found = stored_arrays(work.options.cache, question, compute)
    except DataError as error:
        where = f"{run.source} with {run.network} on {run.target}"
        work.listener.say(f"{where}: scores are left out: {error}")
        return {}
    return {name: found[name] for name in names if name in found}


def head_warnings(runs: Sequence[PlannedRun], names: Iterable[str]) -> list[str]:
    """Each warning of `head_warning` once, however many targets it is for."""
    told = {
        f"{run.source} with {run.network}: {warning}": None
        for run in runs
        if run.kind == "finetune"
        and (warning := head_warning(run.start, run.recipe.image_size, names))
    }
    return list(told)


def head_warning(start: str, side: int, names: Iterable[str]) -> str | None:
    """What there is to say against scores that read a published head, on images of this side."""
    rows = known_measures()[0]  # differences of properties are no rows of it
    told = [name for name in names if name in rows and "source_probabilities" in rows[name].needs]
    if not told or side >= LEAST_SIDE or parse_start(start).kind != "timm":
        return None
    return (
        f"{' and '.join(told)} read the published head on images of {side} px; below {LEAST_SIDE} "
        "px it is often wrong: do not rely on them, or set a larger image_size."
    )


def _material(work: MeasuredStudy, probe: Probe, sample: Sample) -> tuple[Any, ...]:
    """What scores of a network on a sample read: features, labels, probabilities, groups."""
    cache = work.options.cache
    features = material("features", sample, probe, cache)
    own = material("source_probabilities", sample, probe, cache)
    return features, sample.labels, own, sample.groups


def _panel(given: tuple[Any, ...]) -> dict[str, float]:
    features, labels, own, groups = given
    return panel(features, labels, own, groups=groups)
