"""The study file, read and checked, and written with every default spelled out."""

import codecs
import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import tomli_w
from pydantic import BaseModel, ValidationError

from warmstart.errors import ConfigError
from warmstart.models.starts import parse_start
from warmstart.studies.claim_problems import claim_problems
from warmstart.studies.config import (
    ArmSection,
    ClaimPair,
    ClaimPlace,
    ClaimSection,
    Classes,
    DatasetSection,
    Mix,
    PairSection,
    Protocol,
    SourceSection,
    Study,
    Subset,
    TargetSection,
)
from warmstart.studies.consistency import problems, recipes_of
from warmstart.studies.messages import describe
from warmstart.studies.plan import nothing_planned, recipe_clashes
from warmstart.studies.series import expanded


def read_study(path: Path, changes: tuple[str, ...] = ()) -> Study:
    """Read a study file, with changes such as ``protocol.folds=3`` made to it.

    Raises:
        ConfigError: If it cannot be read or holds anything it should not; all problems at once.
    """
    try:
        table = tomllib.loads(_text(path.read_bytes()))
    except OSError as error:
        raise ConfigError(
            f"Cannot read the study file {path}: {error.strerror}. "
            "`warmstart study new IMAGES > study.toml` writes one."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not a TOML file: {error}.") from error
    for change in changes:
        make_change(table, change)
    return build_study(table, where=path.name)


def _text(data: bytes) -> str:
    """Text in UTF-8, or in UTF-16 with its mark, which PowerShell writes for ``>``."""
    utf_16 = data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return data.decode("utf-16" if utf_16 else "utf-8-sig")


def build_study(table: Mapping[str, Any], *, where: str = "study") -> Study:
    """Build a study from the tables of a study file.

    Raises:
        ConfigError: If a key or value is wrong; names all of them.
    """
    try:
        study = Study.model_validate_json(json.dumps(expanded(table), default=str))
    except ValidationError as error:
        found = [*(_describe(e) for e in error.errors()), *recipes_of(table)]
        raise ConfigError(_message(where, found)) from None
    found = [*problems(study), *claim_problems(study)]
    found = found or recipe_clashes(study) or nothing_planned(study)
    if found:
        raise ConfigError(_message(where, found))
    return study


def shared_toml(study: Study) -> str:
    """Write a study as TOML with its defaults spelled out, fit to be shown to others.

    Of a path that is absolute or leads outside the study's folder only the last part is kept: the
    rest may hold the name of a user.
    """
    table = study.model_dump(mode="json", exclude_none=True)
    for section in table["datasets"].values():
        for key, value in section.items():
            if isinstance(value, str) and key not in ("reader", "derive"):
                section[key] = without_folders(value)
    for section in table["sources"].values():
        section["start"] = shared_start(section["start"])
    return tomli_w.dumps(table)


def shared_start(spec: str) -> str:
    """A start as it may be shown to others: a file without its folders."""
    start = parse_start(spec)
    if start.kind != "file":
        return spec
    return str(replace(start, argument=without_folders(start.argument)))


def without_folders(path: str) -> str:
    """The last part of a path that leads outside the study's folder; any other text as it is.

    Example:
        >>> without_folders("/home/alice/scans"), without_folders("scans/2024")
        ('scans', 'scans/2024')
    """
    outside = PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()
    if outside or path.startswith("~") or ".." in PureWindowsPath(path).parts:
        return PureWindowsPath(path).name
    return path


def _message(where: str, found: list[str]) -> str:
    if len(found) == 1:
        return f"{where}: {found[0]}"
    return f"{where}: {len(found)} problems:\n" + "\n".join(f"  {line}" for line in found)


def _describe(error: Any) -> str:
    tables = [str(part) for part in error["loc"][:-1] if part != "[key]"]
    return describe(error, ".".join(tables), _known_keys(tables))


def _known_keys(tables: list[str]) -> list[str]:
    """The keys of a table of the study file, given the names that lead to it."""
    model: type[BaseModel] = Study
    for name in tables:
        field = model.model_fields.get(name)
        if field is None:  # the user's name of a dataset, source, ...
            continue
        model = _SECTIONS.get(name, model)
    return list(model.model_fields)


_SECTIONS: dict[str, type[BaseModel]] = {
    "datasets": DatasetSection,
    "sources": SourceSection,
    "targets": TargetSection,
    "pairs": PairSection,
    "arms": ArmSection,
    "protocol": Protocol,
    "claims": ClaimSection,
    "compare": ClaimPlace,
    "to": ClaimPlace,
    "than": ClaimPair,
    "subset": Subset,
    "classes": Classes,
    "mix": Mix,
}


def make_change(table: dict[str, Any], change: str, *, example: str = "protocol.folds=3") -> None:
    """Make a change such as ``protocol.folds=3`` to nested tables, in place.

    Raises:
        ConfigError: If it does not read KEY=VALUE, or leads through a value.
    """
    path, equals, text = change.partition("=")
    try:
        keys = _path(tomllib.loads(f"{path} = 0")) if equals else []
    except tomllib.TOMLDecodeError:
        keys = []
    if not keys:
        raise ConfigError(f"--set {change!r} should read KEY=VALUE, such as {example}.")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()  # a bare word is taken as text
    for key in keys[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise ConfigError(f"--set {change!r}: {key!r} is a value, not a table.")
    table[keys[-1]] = value


def _path(nested: Any) -> list[str]:
    """The keys that lead through tables of one key each."""
    if not isinstance(nested, dict):
        return []
    ((key, inner),) = nested.items()
    return [key, *_path(inner)]
