"""The table of measures, and those of installed packages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from warmstart.errors import ConfigError
from warmstart.measures.measure import Measure
from warmstart.measures.rows.distances import DISTANCES
from warmstart.measures.rows.properties import PROPERTIES
from warmstart.measures.rows.representations import REPRESENTATIONS
from warmstart.measures.rows.scores import SCORES

MEASURES: Mapping[str, Measure] = {
    measure.name: measure for measure in (*SCORES, *DISTANCES, *PROPERTIES, *REPRESENTATIONS)
}


@cache
def measures() -> Mapping[str, Measure]:
    """Return our measures and those of installed packages (entry points ``warmstart.measures``).

    A package's measure goes by the name of its entry point, and is loaded when it is looked up, so
    that a broken package stops only those who use its measure.
    """
    return _Measures({point.name: point for point in entry_points(group="warmstart.measures")})


def known_measures() -> tuple[dict[str, Measure], list[str]]:
    """Return all measures by name, and why those of other packages are missing.

    A package that cannot be loaded stops nothing.
    """
    found, problems = {}, []
    table = measures()
    for name in [*MEASURES, *sorted(set(table) - set(MEASURES))]:
        try:
            found[name] = table[name]
        except ConfigError as error:
            problems.append(str(error))
    return found, problems


@dataclass(frozen=True, eq=False)
class _Measures(Mapping[str, Measure]):
    """Measures by name; those of other packages are loaded one by one."""

    points: Mapping[str, EntryPoint]

    def __getitem__(self, name: str) -> Measure:
        return MEASURES[name] if name in MEASURES else _load(self.points[name])

    def __contains__(self, name: object) -> bool:
        return name in MEASURES or name in self.points

    def __iter__(self) -> Iterator[str]:
        return iter({**MEASURES, **self.points})

    def __len__(self) -> int:
        return len({**MEASURES, **self.points})


def _load(point: EntryPoint) -> Measure:
    try:
        loaded = point.load()
    except Exception as error:  # whatever a foreign package does while it is imported
        raise ConfigError(
            f"Measure {point.name!r} ({point.value}) cannot be loaded: {error}. Repair or "
            "uninstall the package it comes from."
        ) from error
    if not isinstance(loaded, Measure):
        raise ConfigError(f"Measure {point.name!r} ({point.value}) is not a warmstart Measure.")
    return loaded
