"""The tables of a study, gathered from its finished runs."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import pandas as pd

from warmstart.core.store import is_claimed
from warmstart.errors import DataError
from warmstart.models.starts import parse_start
from warmstart.reports.contents import COLUMNS
from warmstart.studies.config import Study
from warmstart.studies.jobs import Place
from warmstart.studies.plan import COORDINATES, section_of


class RunRow(Protocol):
    """What tables need of a run: a planned run has it, and so has a row of ``runs.csv``."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def network(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def arm(self) -> str: ...  # noqa: D102
    @property
    def target(self) -> str: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102
    @property
    def fold(self) -> int: ...  # noqa: D102
    @property
    def tuned(self) -> str: ...  # noqa: D102


Outcomes = dict[str, dict[str, Any]]
"""What each finished run came to, by key: the content of its ``metrics.json``."""


def read_outcomes(runs: Sequence[RunRow], place: Place) -> Outcomes:
    """Read what every finished run came to."""
    found = {}
    for key in dict.fromkeys(run.key for run in runs):
        outcome = place.outcome(key)
        if outcome is not None:
            found[key] = outcome
    return found


def read_runs(place: Place) -> list[RunRow]:
    """Read the rows of a study folder's ``runs.csv``.

    Raises:
        DataError: If the folder holds no study.
    """
    path = place.folder / "runs.csv"
    if not path.is_file():
        raise DataError(
            f"{place.folder} is no study folder: it has no runs.csv. Name the folder that "
            "`warmstart study run` wrote."
        )
    columns = ["key", "kind", *COORDINATES, "tuned"]
    types = dict.fromkeys(columns, str) | {"seed": int, "fold": int}
    table = pd.read_csv(path, keep_default_na=False, usecols=columns, dtype=types)
    rows: Any = table[columns].itertuples(index=False)
    return list(rows)


def state_of(key: str, place: Place) -> str:
    """``"done"``, ``"running"``, ``"failed"`` or ``"to do"``."""
    if place.outcome(key) is not None:
        return "done"
    if is_claimed(place.lock(key)):
        return "running"
    return "to do" if place.reason(key) is None else "failed"


def run_table(
    study: Study, runs: Sequence[RunRow], outcomes: Outcomes, place: Place
) -> pd.DataFrame:
    """One row per run: its place, its state, how long it took, why it failed."""
    chosen = chosen_keys(study, runs, outcomes)
    rows = []
    for run in runs:
        outcome = outcomes.get(run.key, {})
        state = state_of(run.key, place)
        rows.append(
            {name: getattr(run, name) for name in ("key", "kind", *COORDINATES, "tuned")}
            | {name: outcome.get(name) for name in ("seconds", "epochs", "converged")}
            | {
                "chosen": (run.key, run.tuned) in chosen[_cell(run)],
                "state": state,
                "reason": (place.reason(run.key) or "") if state == "failed" else "",
            }
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS["runs"]))
    table["epochs"] = table["epochs"].astype("Int64")
    table["converged"] = table["converged"].astype("boolean")
    return table


def chosen_keys(
    study: Study, runs: Sequence[RunRow], outcomes: Outcomes
) -> dict[tuple[Any, ...], set[tuple[str, str]]]:
    """The trial chosen in each cell: the best on the validation part; ties go to the first.

    Where nothing is tuned, the one run of a cell is chosen when it is done. While trials are
    missing, it is the best of those that are done.
    """
    trials: dict[tuple[Any, ...], list[RunRow]] = {}
    for run in runs:
        trials.setdefault(_cell(run), []).append(run)
    chosen: dict[tuple[Any, ...], set[tuple[str, str]]] = {}
    for cell, members in trials.items():
        done = [run for run in members if run.key in outcomes]
        tuned = len(members) > 1
        best = _best(done, outcomes, study.protocol.metric) if tuned else next(iter(done), None)
        chosen[cell] = {(best.key, best.tuned)} if best else set()
    return chosen


def result_table(study: Study, runs: Sequence[RunRow], outcomes: Outcomes) -> pd.DataFrame:
    """The results: one row per chosen run, label and metric; the same whenever it is made."""
    chosen = chosen_keys(study, runs, outcomes)
    rows = []
    for run in runs:
        if run.kind == "finetune" and (run.key, run.tuned) in chosen[_cell(run)]:
            outcome = outcomes[run.key]
            place = [getattr(run, name) for name in COORDINATES]
            sizes = [outcome["images"]["train"], outcome["images"]["test"]]
            rows += [
                [*place, row["label"], row["metric"], row["value"], *sizes]
                for row in outcome["parts"]["test"]
            ]
    table = pd.DataFrame(rows, columns=list(COLUMNS["results"]))
    table["value"] = table["value"].astype(float)
    order = [*COORDINATES, "label", "metric"]
    return table.sort_values(order, kind="stable", ignore_index=True)


def pretrain_table(study: Study, runs: Sequence[RunRow], outcomes: Outcomes) -> pd.DataFrame:
    """Table II: how well each source was learned, on its own split."""
    rows = []
    for run in runs:
        if run.kind == "pretrain" and run.key in outcomes:
            outcome = outcomes[run.key]
            sizes = {f"n_{part}": outcome["images"][part] for part in outcome["images"]}
            rows.append(
                {"network": run.network, "source": run.source, "seed": run.seed}
                | {"dataset": parse_start(section_of(study, run.source).start).argument}
                | {name: outcome[name] for name in ("converged", "epochs", "seconds")}
                | {f"{p}_accuracy": metric(outcome, p, "accuracy") for p in outcome["parts"]}
                | {"test_auc": metric(outcome, "test", "auc_weighted_ovr")}
                | sizes
            )
    return pd.DataFrame(rows, columns=list(COLUMNS["pretrain"]))


def metric(outcome: dict[str, Any], part: str, name: str) -> float:
    """A metric of one part of a run, averaged over labels; NaN where there is none."""
    values = [
        row["value"]
        for row in outcome["parts"].get(part, ())
        if row["metric"] == name and row["value"] is not None
    ]
    return sum(values) / len(values) if values else math.nan


def tuning_table(study: Study, runs: pd.DataFrame) -> pd.DataFrame:
    """The chosen value of each tuned field, and whether it lies at the edge of its grid."""
    rows = []
    chosen = runs[(runs["kind"] == "finetune") & runs["chosen"]]
    for run in chosen.to_dict("records"):
        for field, text in (part.split("=", 1) for part in run["tuned"].split(", ") if part):
            grid = [value for value in study.tune[field] if isinstance(value, int | float)]
            edge = len(grid) > 1 and text in (str(min(grid)), str(max(grid)))
            place = {name: run[name] for name in COORDINATES}
            rows.append(place | {"field": field, "value": text, "edge": edge})
    return pd.DataFrame(rows, columns=list(COLUMNS["tuning"]))


def _best(done: list[RunRow], outcomes: Outcomes, name: str) -> RunRow | None:
    def value(run: RunRow) -> float:
        found = metric(outcomes[run.key], "validation", name)
        return -math.inf if math.isnan(found) else found

    return max(done, key=value, default=None)


def _cell(run: RunRow) -> tuple[Any, ...]:
    return (run.kind, *(getattr(run, name) for name in COORDINATES))
