"""Gather what the report shows, and make it."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from warmstart.analysis.claims import verdicts
from warmstart.analysis.leakage_worth import leakage_worth, worth_sentences
from warmstart.analysis.roc import roc_table
from warmstart.analysis.sentences import sentences
from warmstart.analysis.steps import steps_table
from warmstart.analysis.summary import summarise
from warmstart.errors import DataError
from warmstart.metrics import METRICS
from warmstart.reports.contents import ReportContents, empty
from warmstart.reports.page import render
from warmstart.reports.save import save_figures
from warmstart.reports.terminal import summary_lines
from warmstart.studies.asked import recipe_table, source_table
from warmstart.studies.claim_tables import compare_study
from warmstart.studies.claims import claims_of
from warmstart.studies.config import Study
from warmstart.studies.consistency import target_datasets
from warmstart.studies.datasets import clean_pairs
from warmstart.studies.evidence import transfer_of
from warmstart.studies.jobs import Place
from warmstart.studies.recorded import HeldOutPredictions, curves, histories, label_names, versions
from warmstart.studies.samples import (
    NOTE_SEPARATOR,
    read_dataset_table,
    read_leak_table,
    read_leaks,
    read_pictures,
)
from warmstart.studies.study_file import shared_toml
from warmstart.studies.tables import Outcomes, RunRow, pretrain_table, tuning_table

RESAMPLES = 1000
NOT_CONVERGED = "the baseline has not converged: more epochs may shrink the gain"
INTERVAL_NOTE = (
    f"95 % interval by bootstrap ({RESAMPLES:,} resamples) over groups of test images, such as "
    "patients; the trained networks, folds and seeds are kept as they are."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """What a study found, to be shown.

    Attributes:
        summary: One row per source and target.
        claims: One row per comparison that a claim of the study is about.
        contents: Everything it shows.
        text: The answer for a terminal.
        page: The answer and everything behind it, as HTML.
    """

    summary: pd.DataFrame
    claims: pd.DataFrame
    contents: ReportContents
    text: str
    page: str

    def save_figures(self, folder: Path) -> None:
        """Write every figure as a table and a drawing."""
        save_figures(self.contents, folder)


def make_report(
    study: Study,
    runs: Sequence[RunRow],
    table: pd.DataFrame,
    results: pd.DataFrame,
    outcomes: Outcomes,
    place: Place,
    *,
    share: bool,
) -> Report:
    """Make the report of a study.

    Args:
        study: What was asked.
        runs: Every planned run.
        table: One row per run (``runs.csv``).
        results: Results of the chosen runs (``results.csv``).
        outcomes: What each finished run came to.
        place: The study folder.
        share: Leave out the pictures, for a page meant for others.
    """
    predictions = HeldOutPredictions(table, place)
    names, protocol = label_names(table, place), study.protocol
    summary = summarise(
        results,
        predictions,
        table,
        metric=protocol.metric,
        baseline=protocol.baseline,
        baseline_per=protocol.baseline_per,
        resamples=RESAMPLES,
        label_names=names,
    )
    title = METRICS[protocol.metric].title
    worth = leakage_worth(
        predictions,
        clean_pairs(study),
        METRICS[protocol.metric],
        resamples=RESAMPLES,
        names=names,
    )
    datasets = read_dataset_table(place.folder)
    recorded = curves(table, place)
    steps, pretrain = _steps(study, recorded), pretrain_table(study, runs, outcomes)
    transfer, unread = _transfer(study, results, place)
    planned = table[table["kind"] == "finetune"]
    compared = compare_study(study, place.folder, results, planned, steps=steps, pretrain=pretrain)
    contents = ReportContents(
        title=study.title,
        study_toml=shared_toml(study),
        share=share,
        created=datetime.date.today().isoformat(),
        metric=protocol.metric,
        interval_note=INTERVAL_NOTE,
        datasets=datasets,
        sources=source_table(study),
        recipes=recipe_table(study),
        runs=table,
        pretrain=pretrain,
        results=results,
        summary=_with_bracket_reason(summary),
        roc=roc_table(predictions),
        tuning=tuning_table(study, table),
        histories=histories(table, place),
        curves=recorded,
        steps=steps,
        transfer=transfer,
        leaks=read_leak_table(place.folder),
        worth=worth,
        claims=verdicts(claims_of(study), compared),
        leak_pictures=() if share else read_leaks(place.folder),
        samples={} if share else read_pictures(place.folder),
        targets=target_datasets(study),
        sentences=(
            *sentences(summary, baseline=protocol.baseline, title=title),
            *worth_sentences(worth, title),
        ),
        warnings=(*_warnings(datasets, table), *unread),
        versions=versions(table, place),
    )
    text = "".join(f"{line}\n" for line in summary_lines(contents))
    return Report(
        summary=summary, claims=compared, contents=contents, text=text, page=render(contents)
    )


def _steps(study: Study, recorded: pd.DataFrame) -> pd.DataFrame:
    threshold = study.protocol.steps_to_auc
    return empty("steps") if threshold is None else steps_table(recorded, threshold)


def _transfer(
    study: Study, results: pd.DataFrame, place: Place
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Figure 4, and why there is none; tables that others wrote never cost a study its report."""
    try:
        return transfer_of(study, results, place.folder), ()
    except DataError as error:
        return empty("transfer"), (f"What measures said is not shown: {error}",)


def _with_bracket_reason(summary: pd.DataFrame) -> pd.DataFrame:
    """Where transferability stands in brackets, the reason is why."""
    bracketed = summary["bracketed"].astype(bool)
    return summary.assign(reason=summary["reason"].mask(bracketed, NOT_CONVERGED))


def _warnings(datasets: pd.DataFrame, runs: pd.DataFrame) -> Iterator[str]:
    for row in datasets.to_dict("records"):
        if row["warnings"]:
            yield from (
                f"{row['dataset']}: {note}"
                for note in row["warnings"].split(NOTE_SEPARATOR)
                if note
            )
    failed = int((runs["state"] == "failed").sum())
    if failed:
        yield f"{failed} of {len(runs)} runs failed; what they would have added is missing here."
    unfinished = int(runs["state"].isin(["to do", "running"]).sum())
    if unfinished:
        yield f"{unfinished} of {len(runs)} runs are not done yet; the answer may change."
