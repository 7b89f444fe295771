"""A measure of two datasets on samples of both, with its interval and its floor."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmstart.embed.probe import Probe, make_probe
from warmstart.embed.stored import stored_arrays
from warmstart.measures.halving import half_sample_interval
from warmstart.measures.measure import Bounds, Measure
from warmstart.measures.properties import property_differences
from warmstart.models.pretrained import read_tensors
from warmstart.models.starts import parse_start
from warmstart.models.weights import resolve_weights
from warmstart.studies.material import Sample, material

_VERSIONS = {"origin": 2}
"""Raised by hand when a change of the code changes a measure's value; 1 where none did."""

_DIFFERENCES: Bounds = (0.0, math.inf)

SURE = ("value", "low", "high", "floor", "distinguishable")
"""What a table tells of a distance, the attributes of `Distance`."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far two datasets are apart.

    Attributes:
        value: Between all images.
        low: Lower end of its 95 % interval over images, or over groups.
        high: Upper end.
        floor: Mean distance between two disjoint halves of one and the same dataset.
        distinguishable: Whether halves of the two are further apart than those of one.
    """

    value: float
    low: float
    high: float
    floor: float
    distinguishable: bool


def distance_name(row: Measure) -> str:
    """What a table calls a distance, or the difference of a property."""
    return row.name if row.kind == "distance" else f"{row.name}_difference"


def published_eye(network: str, cache: Path) -> Probe:
    """Return a network with its published weights, to compare datasets by its features.

    Args:
        network: Name of the network.
        cache: Where weights are kept.

    Raises:
        WeightsError: If none are published, or they cannot be had.
    """
    weights = resolve_weights(parse_start("timm"), network, cache=cache, root=Path())
    tensors = read_tensors(weights.path(cache))
    return make_probe(network, tensors, mean=weights.mean, std=weights.std)


def distance_between(
    row: Measure, one: Sample, other: Sample, *, eye: Probe, cache: Path, intervals: bool = True
) -> Distance:
    """Measure two samples, their halves with each other and those of each; kept in the cache.

    Args:
        row: A distance, or a property, of which it is the difference.
        one: Images of a dataset.
        other: Images of another.
        eye: The network whose features are compared.
        cache: Where features and values are kept.
        intervals: Whether halves are measured too; else neither interval nor floor is known.

    Raises:
        DataError: If the measure does not take these datasets.
    """

    def compute() -> dict[str, Floats]:
        ours, theirs = (one.halves(), other.halves()) if intervals else ([], [])
        pairs = [(one, other), *zip(ours, theirs, strict=True)]
        own = [pair for h in (ours, theirs) for pair in zip(h[::2], h[1::2], strict=True)]
        return {
            "values": np.array([_between(row, a, b, eye, cache) for a, b in pairs]),
            "floors": np.array([_between(row, a, b, eye, cache) for a, b in own]),
        }

    question = ["distance", _VERSIONS.get(row.name, 1), row.name, eye.digest, one.key, other.key]
    question += [] if intervals else ["once"]
    found = stored_arrays(cache, question, compute)
    values, floors = found["values"], found["floors"]
    bounds = row.bounds if row.kind == "distance" else _DIFFERENCES
    low, high = half_sample_interval(values[0], values[1:], bounds)
    return Distance(
        value=float(values[0]),
        low=low,
        high=high,
        floor=float(floors.mean()) if intervals else float("nan"),
        distinguishable=not intervals or bool(values[1:].mean() > floors.max()),
    )


def _between(row: Measure, one: Sample, other: Sample, eye: Probe, cache: Path) -> float:
    if row.kind == "property":
        values = [{row.name: _value(row, [sample], eye, cache)} for sample in (one, other)]
        return property_differences(*values)[row.name]
    return _value(row, [one, other], eye, cache)


def _value(row: Measure, samples: list[Sample], eye: Probe, cache: Path) -> float:
    """Each sample gives its share of what is needed."""
    share = len(row.needs) // len(samples)
    arguments = [
        material(need, sample, eye, cache)
        for number, sample in enumerate(samples)
        for need in row.needs[number * share : (number + 1) * share]
    ]
    return float(row.compute(*arguments))
