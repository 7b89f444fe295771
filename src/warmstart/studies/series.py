"""Lists of sizes in a study file: one section each, for learning curves."""

import copy
from collections.abc import Mapping
from typing import Any


def expanded(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables of a study file with every list of sizes written out.

    A dataset with ``subset = { n = [100, 500] }`` becomes ``NAME-500`` and ``NAME-100``, which is
    drawn from it; a source or target of that dataset becomes one for each size, and an arm with
    ``train_images = [50, 100]`` becomes ``NAME-50`` and ``NAME-100``.
    """
    result = copy.deepcopy(dict(table))
    series = _datasets(result)
    _users(result, "sources", "start", "dataset:", series)
    _users(result, "targets", "dataset", "", series)
    _arms(result)
    return result


def _datasets(table: dict[str, Any]) -> dict[str, dict[int, str]]:
    """Write every series of subsets out; the name of each subset by series and size."""
    found: dict[str, dict[int, str]] = {}
    for name, section in list(_sections(table, "datasets")):
        subset = section.get("subset")
        if not isinstance(subset, dict) or (sizes := _sizes(subset.get("n"))) is None:
            continue
        found[name] = {size: f"{name}-{size}" for size in sizes}
        written: dict[str, Any] = {}
        parent = section.get("derive")
        for size in sorted(found[name], reverse=True):
            one = section if not written else {}
            part = {**subset, "n": size}
            written[found[name][size]] = {**one, "derive": parent, "subset": part}
            parent = found[name][size]
        _put(table["datasets"], name, written)
    return found


def _users(
    table: dict[str, Any], kind: str, key: str, prefix: str, series: Mapping[str, dict[int, str]]
) -> None:
    for name, section in list(_sections(table, kind)):
        value = str(section.get(key))
        sizes = series.get(value.removeprefix(prefix), {}) if value.startswith(prefix) else {}
        if sizes:
            written = {f"{name}-{n}": {**section, key: prefix + d} for n, d in sizes.items()}
            _put(table[kind], name, written)


def _arms(table: dict[str, Any]) -> None:
    for name, section in list(_sections(table, "arms")):
        sizes = _sizes(section.get("train_images"))
        if sizes is not None:
            written = {f"{name}-{size}": {**section, "train_images": size} for size in sizes}
            _put(table["arms"], name, written)


def _sections(table: Mapping[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    found = table.get(kind)
    if not isinstance(found, dict):
        return []
    return [(name, section) for name, section in found.items() if isinstance(section, dict)]


def _sizes(value: object) -> list[int] | None:
    """A list of sizes; anything else is left for the check of the study to judge."""
    if isinstance(value, list) and value and all(type(size) is int for size in value):
        return value
    return None


def _put(sections: dict[str, Any], name: str, written: Mapping[str, Any]) -> None:
    """Put sections where one stood, in the order of the file."""
    before = dict(sections)
    sections.clear()
    for old, section in before.items():
        sections.update(written if old == name else {old: section})
