"""Write a study's tables and its report; what is up to date already is left alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import warmstart
from warmstart.core.identity import question_key
from warmstart.core.store import write_file
from warmstart.reports.tables import csv_text
from warmstart.studies.config import Study
from warmstart.studies.jobs import Place
from warmstart.studies.plan import COORDINATES
from warmstart.studies.tables import (
    RunRow,
    pretrain_table,
    read_outcomes,
    result_table,
    run_table,
)

ANSWER = "answer.json"
"""A folder with this file is an answer's: there ``report.html`` is the answer's page."""
SHARED_REPORT = "report-shared.html"
SUMMARY = "summary.txt"
CLAIMS = "claims.csv"
COMPARISONS = "claim-comparisons.csv"
STEPS = "steps.csv"
_MEASURED = ("kept.csv", "measures.csv")
"""Tables that other commands write, for the report to show and to judge claims by."""
_STAMP = ".report-stamp"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a study came to, as far as it is done.

    Attributes:
        summary: The answer in plain lines: a table per target and what the evidence supports.
        runs: One row per run, with its state.
        report: The page.
    """

    summary: str
    runs: pd.DataFrame
    report: Path


def write_run_table(study: Study, runs: Sequence[RunRow], place: Place) -> None:
    """Before training: write what is planned and done, and take away an answer to other runs."""
    for name in (_STAMP, _report(place.folder), SUMMARY, "summary.csv", CLAIMS, COMPARISONS):
        (place.folder / name).unlink(missing_ok=True)
    outcomes = read_outcomes(runs, place)
    _write_csv(run_table(study, runs, outcomes, place), place.folder / "runs.csv")
    results = result_table(study, runs, outcomes)
    _write_csv(results, place.folder / "results.csv")
    write_file(place.folder / "results.parquet", results.to_parquet(index=False))


def write_tables(
    study: Study, runs: Sequence[RunRow], place: Place, *, again: bool = False, share: bool = False
) -> Written:
    """Write every table of the study folder and the report, and return what they say.

    Args:
        study: What was asked.
        runs: Every planned run.
        place: The study folder.
        again: Write them also where they are up to date.
        share: Write a page without pictures, ``report-shared.html``, beside the other.
    """
    outcomes = read_outcomes(runs, place)
    table = run_table(study, runs, outcomes, place)
    out = place.folder
    page = out / (SHARED_REPORT if share else _report(out))
    names = ("datasets.csv", "leakage.csv", *_MEASURED)
    known = [(out / name).read_text("utf-8") if (out / name).is_file() else "" for name in names]
    stamp = _stamp(study, table, known)
    if not again and _is_current(out, stamp):
        return Written(summary=(out / SUMMARY).read_text("utf-8"), runs=table, report=page)
    from warmstart.studies.report import make_report  # loads the drawing library

    _write_csv(table, out / "runs.csv")
    results = result_table(study, runs, outcomes)
    _write_csv(results, out / "results.csv")
    write_file(out / "results.parquet", results.to_parquet(index=False))
    _write_csv(pretrain_table(study, runs, outcomes), out / "pretrain.csv")
    report = make_report(study, runs, table, results, outcomes, place, share=share)
    _write_csv(report.summary, out / "summary.csv")
    if study.claims:
        _write_csv(report.contents.claims, out / CLAIMS)
        _write_csv(report.claims, out / COMPARISONS)
    if study.protocol.steps_to_auc is not None:
        _write_csv(report.contents.steps, out / STEPS)
    write_file(out / SUMMARY, report.text)
    write_file(page, report.page)
    report.save_figures(out / "figures")
    if not share:
        write_file(out / _STAMP, stamp)
    return Written(summary=report.text, runs=table, report=page)


def _stamp(study: Study, runs: pd.DataFrame, datasets: list[str]) -> str:
    """Names what a report was made from."""
    states = [list(map(str, row)) for row in runs[["key", *COORDINATES, "tuned", "state"]].values]
    question = [warmstart.__version__, study.model_dump(mode="json"), states, datasets]
    return question_key(question)


def _is_current(out: Path, stamp: str) -> bool:
    names = (_report(out), SUMMARY, "summary.csv", "results.csv", "runs.csv", "pretrain.csv")
    return (
        (out / _STAMP).is_file()
        and (out / _STAMP).read_text() == stamp
        and all((out / name).is_file() for name in names)
    )


def _report(out: Path) -> str:
    return "study-report.html" if (out / ANSWER).is_file() else "report.html"


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    write_file(path, csv_text(table))
