"""Lists of sizes in a study file: one section each, for learning curves."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError


@dataclass(frozen=True)
class _Series:
    """A section that stands for several.

    Attributes:
        where: The keys that lead to what makes it a series; its kind and its name come first.
        value: What stands there.
        sections: Its sections, by name.
    """

    where: tuple[str, ...]
    value: object
    sections: dict[str, Any]

    @property
    def name(self) -> str:
        return self.where[1]


def expanded(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables of a study file with every list of sizes written out.

    A dataset with ``subset = { n = [100, 500] }`` becomes ``NAME-500`` and ``NAME-100``, which is
    drawn from it; a source or target of that dataset becomes one for each size, and an arm with
    ``train_images = [50, 100]`` becomes ``NAME-50`` and ``NAME-100``. An arm that names a series
    of sources has all of them.

    Raises:
        ValidationError: If a list is empty, or makes a section of a name that the file has too.
    """
    result = copy.deepcopy(dict(table))
    datasets = list(_datasets(result))
    sizes = {one.name: _sizes(one.value) or [] for one in datasets}
    sources = list(_users(result, "sources", "start", "dataset:", sizes))
    targets = _users(result, "targets", "dataset", "", sizes)
    found = [*datasets, *sources, *targets, *_arms(result)]
    if wrong := [_error(one, text) for one in found if (text := _problem(one, table))]:
        raise ValidationError.from_exception_data("study", wrong)
    for one in found:
        _put(result[one.where[0]], one)
    _name_sources(result, {one.name: list(one.sections) for one in sources})
    return result


def _datasets(table: Mapping[str, Any]) -> Iterator[_Series]:
    for name, section in _sections(table, "datasets"):
        subset = section.get("subset")
        if not isinstance(subset, dict) or (sizes := _sizes(subset.get("n"))) is None:
            continue
        written: dict[str, Any] = {}
        parent = section.get("derive")
        for size in sorted(set(sizes), reverse=True):
            one = section if not written else {}
            part = {**subset, "n": size}
            written[f"{name}-{size}"] = {**one, "derive": parent, "subset": part}
            parent = f"{name}-{size}"
        yield _Series(("datasets", name, "subset", "n"), subset["n"], written)


def _users(
    table: Mapping[str, Any], kind: str, key: str, prefix: str, series: Mapping[str, Sequence[int]]
) -> Iterator[_Series]:
    for name, section in _sections(table, kind):
        value = str(section.get(key))
        dataset = value.removeprefix(prefix)
        if value.startswith(prefix) and series.get(dataset):
            sizes = series[dataset]
            written = {f"{name}-{n}": {**section, key: f"{prefix}{dataset}-{n}"} for n in sizes}
            yield _Series((kind, name, key), value, written)


def _arms(table: Mapping[str, Any]) -> Iterator[_Series]:
    for name, section in _sections(table, "arms"):
        value = section.get("train_images")
        if (sizes := _sizes(value)) is not None:
            written = {f"{name}-{size}": {**section, "train_images": size} for size in sizes}
            yield _Series(("arms", name, "train_images"), value, written)


def _name_sources(table: Mapping[str, Any], series: Mapping[str, Sequence[str]]) -> None:
    """Write out the series of sources that arms name."""
    for _, section in _sections(table, "arms"):
        names = section.get("sources")
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            section["sources"] = [one for name in names for one in series.get(name, [name])]


def _problem(series: _Series, table: Mapping[str, Any]) -> str | None:
    if not series.sections:
        return "expected a whole number or a list of at least one"
    taken = [name for name in series.sections if name in table[series.where[0]]]
    return f"makes {', '.join(taken)}, which the file names too; rename one" if taken else None


def _error(series: _Series, text: str) -> InitErrorDetails:
    """The problem as one of those that pydantic finds in a study."""
    kind = PydanticCustomError("series", "{text}", {"text": text})
    return InitErrorDetails(type=kind, loc=series.where, input=series.value)


def _sections(table: Mapping[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    found = table.get(kind)
    if not isinstance(found, dict):
        return []
    return [(name, section) for name, section in found.items() if isinstance(section, dict)]


def _sizes(value: object) -> list[int] | None:
    """A list of sizes; anything else is left for the check of the study to judge."""
    if isinstance(value, list) and all(type(size) is int for size in value):
        return value
    return None


def _put(sections: dict[str, Any], series: _Series) -> None:
    """Put the sections of a series where it stood, in the order of the file."""
    before = dict(sections)
    sections.clear()
    for name, section in before.items():
        sections.update(series.sections if name == series.name else {name: section})
