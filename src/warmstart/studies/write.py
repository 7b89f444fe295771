"""Write a study's tables and its report; what is up to date already is left alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import warmstart
from warmstart.core.identity import question_key
from warmstart.core.store import storing, write_file
from warmstart.studies.config import Study
from warmstart.studies.jobs import Place
from warmstart.studies.plan import COORDINATES
from warmstart.studies.tables import (
    Outcomes,
    RunRow,
    pretrain_table,
    read_outcomes,
    result_table,
    run_table,
)

REPORT = "report.html"
_STAMP = ".report-stamp"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a study came to, as far as it is done.

    Attributes:
        summary: One row per source and target: mean, interval, transferability, verdict.
        sentences: One per target: what the evidence supports.
        runs: One row per run, with its state.
        report: The page.
    """

    summary: pd.DataFrame
    sentences: tuple[str, ...]
    runs: pd.DataFrame
    report: Path


def write_run_table(study: Study, runs: Sequence[RunRow], place: Place) -> None:
    """Write ``runs.csv`` alone, so that ``study status`` knows what is planned."""
    outcomes = read_outcomes(runs, place)
    _write_csv(run_table(study, runs, outcomes, place), place.folder / "runs.csv")


def write_tables(study: Study, runs: Sequence[RunRow], place: Place) -> Written:
    """Write every table of the study folder and the report, and return what they say."""
    outcomes = read_outcomes(runs, place)
    table = run_table(study, runs, outcomes, place)
    out = place.folder
    stamp = _stamp(study, table, outcomes)
    if _is_current(out, stamp):
        summary = pd.read_csv(out / "summary.csv", keep_default_na=True)
        sentences = (out / "summary.txt").read_text().splitlines()
        return Written(summary=summary, sentences=tuple(sentences), runs=table, report=out / REPORT)
    from warmstart.studies.report import write_report  # loads the drawing library

    _write_csv(table, out / "runs.csv")
    results = result_table(study, runs, outcomes)
    _write_csv(results, out / "results.csv")
    _write_parquet(results, out / "results.parquet")
    _write_csv(pretrain_table(study, runs, outcomes), out / "pretrain.csv")
    summary, said = write_report(study, runs, table, results, outcomes, place)
    write_file(out / _STAMP, stamp)
    return Written(summary=summary, sentences=said, runs=table, report=out / REPORT)


def _stamp(study: Study, runs: pd.DataFrame, outcomes: Outcomes) -> str:
    """Names what a report was made from."""
    states = [list(map(str, row)) for row in runs[["key", *COORDINATES, "tuned", "state"]].values]
    question = [warmstart.__version__, study.model_dump(mode="json"), states, sorted(outcomes)]
    return question_key(question)


def _is_current(out: Path, stamp: str) -> bool:
    names = (REPORT, "summary.csv", "summary.txt", "results.csv", "runs.csv", "pretrain.csv")
    return (
        (out / _STAMP).is_file()
        and (out / _STAMP).read_text() == stamp
        and all((out / name).is_file() for name in names)
    )


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    write_file(path, table.to_csv(index=False, lineterminator="\n"))


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    with storing(path.parent):
        write_file(path, table.to_parquet(index=False))
