"""Evidence from a study folder, or from tables of another group."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from warmstart.analysis.evidence import Evidence, Question, evidence, figure_4
from warmstart.analysis.tidy import Tidy, one_metric, tidy_measures, tidy_results
from warmstart.analysis.transfer_points import COLUMNS
from warmstart.core.store import write_file
from warmstart.errors import DataError
from warmstart.measures import known_measures
from warmstart.models.starts import parse_start
from warmstart.reports.evidence_figures import save_evidence_figures
from warmstart.reports.tables import csv_text
from warmstart.studies.candidate_sizes import with_sizes
from warmstart.studies.config import Study
from warmstart.studies.consistency import source_names, target_datasets
from warmstart.studies.datasets import ancestors_of
from warmstart.studies.plan import section_of
from warmstart.studies.samples import read_leak_table
from warmstart.studies.study_file import read_study
from warmstart.studies.table_file import read_table_file

RESULTS, MEASURES = ("results.parquet", "results.csv"), ("measures.csv", "measures.parquet")
"""Rows may be added to ``measures.csv`` by hand, so that it is read first."""
TABLES = ("agreement", "per_target", "comparisons", "practical")
"""Tables of `Evidence` that are written; its points and ranks stand beside their figures."""
_OWN = {"metric", "baseline", "baseline_per"}
"""Fields of `Question` that a study's protocol has too."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tables:
    """What evidence is made from.

    Attributes:
        results: In the tidy form.
        measures: In the tidy form; may be empty.
        study: The study they come from, if it is one of ours.
        name: What the table of results is called.
    """

    results: Tidy
    measures: Tidy
    study: Study | None
    name: str


def read_tables(place: Path, measures: Path | None) -> Tables:
    """Read results and measures.

    Args:
        place: A study folder, or a CSV or Parquet file of results.
        measures: A CSV or Parquet file; by default the study folder's, if it has one.

    Raises:
        DataError: If a table is missing or holds something else.
    """
    study = None
    if place.is_dir():
        found = _first(place, RESULTS)
        if found is None:
            raise DataError(
                f"{place} holds no {' or '.join(RESULTS)}; name a study folder or a table."
            )
        measures = measures or measures_file(place)
        study = read_study(place / "study.toml") if (place / "study.toml").is_file() else None
    else:
        found = place
    results = read_table_file(found)
    if study is not None:
        results = _with_origins(study, with_sizes(results, study, place), place)
    return Tables(
        results=tidy_results(results, found.name),
        measures=measures_of(measures),
        study=study,
        name=found.name,
    )


def tidy_of_study(study: Study, results: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Bring the results of a study into the tidy form.

    Args:
        study: The study they are of.
        results: Results of its chosen runs (``results.csv``).
        folder: Its folder, whose ``leakage.csv`` tells of copies.

    Returns:
        A table that also says which sources have seen images of their target, and which targets
        are relatives.
    """
    return tidy_results(_with_origins(study, results, folder), RESULTS[1]).table


def measures_file(folder: Path) -> Path | None:
    """The table of measures of a study folder, if it has one."""
    return _first(folder, MEASURES)


def measures_of(file: Path | None, *more: dict[str, object]) -> Tidy:
    """Read measures, one of the known ones or with its own ``higher_is_better``.

    Args:
        file: A CSV or Parquet file; ``None`` for none.
        more: Rows to add.

    Raises:
        DataError: If the file holds something else.
    """
    known = {name: row.higher_is_better for name, row in known_measures()[0].items()}
    given = read_table_file(file) if file else _no_measures()
    columns = dict.fromkeys([*given, *(name for row in more for name in row)])
    given = pd.DataFrame([*given.to_dict("records"), *more], columns=list(columns))
    return tidy_measures(given, file.name if file else "no measures", known)


def make_evidence(
    place: Path, measures: Path | None = None, *, metric: str | None = None, **asked: Any
) -> tuple[Evidence, Question]:
    """Judge the measures of a study folder, or of a table, by its results.

    Args:
        place: A study folder, or a CSV or Parquet file of results.
        measures: A CSV or Parquet file of measures; by default the study folder's.
        metric: By default the study's, or the only one there is.
        asked: Fields of `Question`; None stands for the study's own choice, or the default.

    Returns:
        The answer and the question as it was understood.

    Raises:
        DataError: If a table is missing or wrong, or nothing can be ranked.
    """
    tables = read_tables(place, measures)
    if tables.study is not None:
        metric = metric or tables.study.protocol.metric
    metric = one_metric(tables.results.table, metric, tables.name)
    chosen = {name: value for name, value in asked.items() if value is not None}
    question = _question(tables.study, metric=metric, **chosen)
    found = evidence(tables.results.table, tables.measures.table, question)
    notes = (*tables.results.notes, *tables.measures.notes, *found.notes)
    if tables.measures.table.empty:
        notes = (*notes, "There are no measures: only what costs nothing is judged.")
    return replace(found, notes=notes), question


def transfer_of(study: Study, results: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return the points of figure 4 of a study, none where its folder has no measures.

    Args:
        study: The study.
        results: Results of its chosen runs (``results.csv``).
        folder: Its folder.

    Raises:
        DataError: If its measures are no table of measures.
    """
    file = measures_file(folder)
    if file is None or results.empty:
        return pd.DataFrame(columns=COLUMNS)
    table = tidy_of_study(study, results, folder)
    return figure_4(table, measures_of(file).table, _question(study))


def write_evidence(found: Evidence, question: Question, folder: Path) -> None:
    """Write every table and figure into a folder.

    Raises:
        StoreError: If it cannot be written.
    """
    for name in TABLES:
        write_file(folder / f"{name.replace('_', '-')}.csv", csv_text(getattr(found, name)))
    write_file(folder / "nemenyi.csv", csv_text(found.ranks.pairs))
    save_evidence_figures(found, question, folder)


def _question(study: Study | None, **chosen: Any) -> Question:
    """What is asked; a study itself chooses what is not chosen."""
    own = study.protocol.model_dump(include=_OWN) if study else {}
    return Question(**own | chosen)


def _with_origins(study: Study, results: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Add which sources have seen images of the target, and which targets are relatives."""
    return results.assign(
        shares_images=list(_shared(study, results, folder)),
        origin=[_origin(study, str(target)) for target in results["target"]],
    )


def _shared(study: Study, results: pd.DataFrame, folder: Path) -> Iterator[bool]:
    """Whether the source of each row has seen images of its target."""
    origins = {name: {name, *ancestors_of(study, name)} for name in study.datasets}
    leaks = read_leak_table(folder)
    pairs = {frozenset(pair) for pair in zip(leaks["dataset"], leaks["other"], strict=True)}
    sources = {}
    for name in source_names(study):
        start = parse_start(section_of(study, name).start)
        sources[name] = start.argument if start.kind == "dataset" else ""
    targets = target_datasets(study)
    for source, target in zip(results["source"], results["target"], strict=True):
        one, other = sources.get(str(source), ""), targets.get(str(target), "")
        known = one in origins and other in origins
        yield known and bool(
            origins[one] & origins[other] or (one != other and frozenset((one, other)) in pairs)
        )


def _origin(study: Study, target: str) -> str:
    """The dataset that a target's images come from in the end, so that its parts are relatives."""
    dataset = target_datasets(study).get(target, target)
    return [dataset, *ancestors_of(study, dataset)][-1] if dataset in study.datasets else dataset


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _no_measures() -> pd.DataFrame:
    return pd.DataFrame(columns=["source", "target", "measure", "value"])
