"""Gather what the report shows, and make it."""

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from warmstart.analysis.claims import verdicts
from warmstart.analysis.leakage_worth import leakage_worth, worth_sentences
from warmstart.analysis.roc import roc_table
from warmstart.analysis.sentences import sentences
from warmstart.analysis.steps import steps_table
from warmstart.analysis.summary import summarise
from warmstart.metrics import METRICS
from warmstart.models.starts import parse_start
from warmstart.reports.contents import ReportContents, empty
from warmstart.reports.page import render
from warmstart.reports.save import save_figures
from warmstart.reports.terminal import summary_lines
from warmstart.studies.claim_tables import compare_study
from warmstart.studies.claims import claims_of
from warmstart.studies.config import Study
from warmstart.studies.consistency import source_names, target_datasets
from warmstart.studies.datasets import clean_pairs
from warmstart.studies.jobs import Place
from warmstart.studies.plan import COORDINATES, arms_of, section_of, sources_of
from warmstart.studies.recipes import finetune_recipe, pretrain_recipe
from warmstart.studies.recorded import curves, histories
from warmstart.studies.samples import NOTE_SEPARATOR, read_leak_table, read_leaks, read_pictures
from warmstart.studies.study_file import shared_start, shared_toml
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
    predictions = _Predictions(table, place)
    protocol = study.protocol
    summary = summarise(
        results,
        predictions,
        table,
        metric=protocol.metric,
        baseline=protocol.baseline,
        baseline_per=protocol.baseline_per,
        resamples=RESAMPLES,
        label_names=_label_names(table, place),
    )
    title = METRICS[protocol.metric].title
    worth = leakage_worth(
        predictions,
        clean_pairs(study),
        METRICS[protocol.metric],
        resamples=RESAMPLES,
        names=_label_names(table, place),
    )
    datasets = _read_datasets(place)
    recorded = curves(table, place)
    steps, pretrain = _steps(study, recorded), pretrain_table(study, runs, outcomes)
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
        sources=_source_table(study),
        recipes=_recipe_table(study),
        runs=table,
        pretrain=pretrain,
        results=results,
        summary=_with_bracket_reason(summary),
        roc=roc_table(predictions),
        tuning=tuning_table(study, table),
        histories=histories(table, place),
        curves=recorded,
        steps=steps,
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
        warnings=tuple(_warnings(datasets, table)),
        versions=_versions(table, place),
    )
    text = "".join(f"{line}\n" for line in summary_lines(contents))
    return Report(
        summary=summary, claims=compared, contents=contents, text=text, page=render(contents)
    )


def _steps(study: Study, recorded: pd.DataFrame) -> pd.DataFrame:
    threshold = study.protocol.steps_to_auc
    return empty("steps") if threshold is None else steps_table(recorded, threshold)


def _with_bracket_reason(summary: pd.DataFrame) -> pd.DataFrame:
    """Where transferability stands in brackets, the reason is why."""
    bracketed = summary["bracketed"].astype(bool)
    return summary.assign(reason=summary["reason"].mask(bracketed, NOT_CONVERGED))


def _read_datasets(place: Place) -> pd.DataFrame:
    """Table I; texts stay texts, also a dataset called ``2018`` or ``NA``."""
    texts = dict.fromkeys(["dataset", "reader", "roles", "class_names", "notes", "warnings"], str)
    return pd.read_csv(
        place.folder / "datasets.csv",
        dtype=texts | {"groups": "Int64"},
        keep_default_na=False,
        na_values={"groups": [""]},
    )


class _Predictions(Mapping[tuple[Any, ...], pd.DataFrame]):
    """Predictions of the test part of every chosen run, read from disk when asked for."""

    def __init__(self, runs: pd.DataFrame, place: Place) -> None:
        chosen = runs[(runs["kind"] == "finetune") & runs["chosen"] & (runs["state"] == "done")]
        self._keys = {
            tuple(row[name] for name in COORDINATES): row["key"]
            for row in chosen.to_dict("records")
        }
        self._place = place

    def __getitem__(self, cell: tuple[Any, ...]) -> pd.DataFrame:
        table = pd.read_parquet(self._place.run(self._keys[cell]) / "predictions.parquet")
        return table[table["part"] == "test"].reset_index(drop=True)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def _label_names(runs: pd.DataFrame, place: Place) -> dict[str, list[str]]:
    """The classes or labels of each target, in the order of the networks' outputs."""
    done = runs[(runs["kind"] == "finetune") & (runs["state"] == "done")]
    return {
        row["target"]: json.loads((place.run(row["key"]) / "preprocess.json").read_text())[
            "classes"
        ]
        for row in done.drop_duplicates("target").to_dict("records")
    }


def _source_table(study: Study) -> pd.DataFrame:
    rows = []
    for name in source_names(study):
        start = parse_start(section_of(study, name).start)
        networks = section_of(study, name).networks or study.networks
        dataset = start.argument if start.kind == "dataset" else ""
        rows.append((name, shared_start(str(start)), dataset, ", ".join(networks)))
    return pd.DataFrame(rows, columns=["source", "start", "dataset", "networks"])


def _recipe_table(study: Study) -> pd.DataFrame:
    rows = []
    for name in source_names(study):
        section = section_of(study, name)
        if parse_start(section.start).kind == "dataset":
            recipe = pretrain_recipe(study, section)
            rows.append({"phase": "pretrain", "source": name, "target": ""} | recipe.question())
    arms_differ = any(arm.finetune for arm in study.arms.values())
    for target in target_datasets(study):
        for name in sources_of(study, target):
            for arm in arms_of(study, name):
                section = section_of(study, name)
                recipe = finetune_recipe(study, name, section, target, study.arms[arm], {})
                values: dict[str, Any] = recipe.question()
                values |= {field: "tuned" for field in study.tune}
                place = {"phase": "finetune", "source": name, "target": target}
                rows.append(place | ({"arm": arm} if arms_differ else {}) | values)
    return pd.DataFrame(rows)


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


_MACHINE = ("python", "system", "device", "threads")
"""What ``environment.json`` says of the machine; the rest belongs to one run."""


def _versions(runs: pd.DataFrame, place: Place) -> dict[str, str]:
    """What the finished runs ran with; several values where they differ."""
    found: dict[str, dict[str, None]] = {}
    for key in runs.loc[runs["state"] == "done", "key"].unique():
        entry = json.loads(_environment(place.run(key)).read_text())
        flat = {name: entry[name] for name in _MACHINE if name in entry} | entry["packages"]
        for name, value in flat.items():
            found.setdefault(name, {})[str(value)] = None
    return {name: ", ".join(values) for name, values in found.items()}


def _environment(run: Path) -> Path:
    return run / "environment.json"
