"""The table of measures, and those of installed packages."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from warmstart.core.registry import Registry
from warmstart.measures.measure import Measure
from warmstart.measures.rows.distances import DISTANCES
from warmstart.measures.rows.properties import PROPERTIES
from warmstart.measures.rows.representations import REPRESENTATIONS
from warmstart.measures.rows.scores import SCORES

MEASURES: Mapping[str, Measure] = {
    measure.name: measure for measure in (*SCORES, *DISTANCES, *PROPERTIES, *REPRESENTATIONS)
}


@cache
def measures() -> Registry[Measure]:
    """Return our measures and those of installed packages (entry points ``warmstart.measures``)."""
    return Registry(Measure, MEASURES, entry_points(group="warmstart.measures"))


def known_measures() -> tuple[dict[str, Measure], list[str]]:
    """Return all measures by name, and why those of other packages are missing.

    A package that cannot be loaded stops nothing.
    """
    return measures().usable()
