"""Every measure of every source-target pair of a study, as one tidy table."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from warmstart.core.names import lookup
from warmstart.core.store import write_file
from warmstart.embed.probe import Probe
from warmstart.errors import ConfigError, DataError
from warmstart.measures.halving import half_sample_interval
from warmstart.measures.measure import Measure
from warmstart.measures.noise import INDISTINGUISHABLE
from warmstart.measures.table import known_measures
from warmstart.reports.tables import csv_text
from warmstart.studies.config import Study
from warmstart.studies.distances import SURE, distance_between, distance_name
from warmstart.studies.listener import Listener
from warmstart.studies.material import AVAILABLE
from warmstart.studies.measured_study import MeasuredStudy
from warmstart.studies.options import Options
from warmstart.studies.plan import PlannedRun
from warmstart.studies.ready import Ready, make_ready
from warmstart.studies.scores import head_warnings, scores_of
from warmstart.training.run import set_threads

COLUMNS = (
    *("source", "target", "network", "measure", "value", "low", "high"),
    *("floor", "distinguishable", "higher_is_better"),
)
"""One row per source, target, network and measure.

``low`` and ``high`` are the ends of a 95 % interval over images, or over groups. ``floor`` is the
mean distance between two disjoint halves of one dataset; ``distinguishable`` is whether halves of
source and target are further apart than any of those, true for scores, which have no floor.
"""
IMAGES = 2000


def measure_study(
    study: Study,
    options: Options,
    listener: Listener,
    *,
    only: Iterable[str] | None = None,
    most: int = IMAGES,
) -> pd.DataFrame:
    """Measure every source-target pair of a study, and write ``measures.csv`` and ``.parquet``.

    Scores look at the target through the network that fine-tuning starts from, before it is
    trained. Distances and properties compare the images of a source that was pretrained in the
    study with those of the target; their features are those of the study's first network that has
    published weights. Comparisons of representations are not among them: see ``measures compare``.

    Args:
        study: The study; sources that are pretrained in it must be by now, or are left out.
        options: How a study is run.
        listener: Told how far it is, and what is left out.
        only: Names of measures; all by default.
        most: How many images of a dataset are looked at, at most. Of an official split the test
            part is not looked at.

    Returns:
        The table, see `COLUMNS`.

    Raises:
        UnknownNameError: If there is no such measure.
        ConfigError: If a measure in ``only`` does not compare a source with a target.
        WarmstartError: If the study could not be run.
    """
    _chosen(only)  # a wrong name is told before anything is read
    ready = make_ready(study, options, listener)
    table = measure_runs(study, ready, options, listener, only=only, most=most)
    for line in head_warnings(ready.runs, table["measure"].unique()):
        listener.say(line)
    return table


def measure_runs(
    study: Study,
    ready: Ready,
    options: Options,
    listener: Listener,
    *,
    only: Iterable[str] | None = None,
    most: int = IMAGES,
    intervals: bool = True,
) -> pd.DataFrame:
    """Do the same for a study that is made ready, or some of its runs; see `measure_study`.

    Without ``intervals`` everything is computed once, which is several times faster.
    """
    chosen = _chosen(only)
    scores = [name for name, row in chosen.items() if row.kind == "score"]
    compared = [row for row in chosen.values() if row.kind in ("distance", "property")]
    work = MeasuredStudy(
        study=study,
        ready=ready,
        options=options,
        listener=listener,
        most=most,
        intervals=intervals,
    )
    pairs = work.pairs
    set_threads(study.protocol.threads)
    paired = any(work.source_dataset(run) is not None for run in pairs)
    eye = work.eye() if paired and compared else None
    rows: list[dict[str, Any]] = []
    with threadpool_limits(1, user_api="blas"):  # its threads wait by spinning; ours do not
        for done, run in enumerate(pairs):
            listener.step("measuring pairs", done, len(pairs))
            rows += _score_rows(work, run, scores)
            other = work.source_dataset(run)
            if eye is not None and other is not None and run.network == pairs[0].network:
                rows += _distance_rows(work, eye, run, other, compared)
    listener.step("measuring pairs", len(pairs), len(pairs))
    table = pd.DataFrame(rows, columns=COLUMNS)
    write_file(options.out / "measures.csv", csv_text(table))
    write_file(options.out / "measures.parquet", table.to_parquet(index=False))
    return table


def best_lines(table: pd.DataFrame) -> Iterator[str]:
    """Say for each target which source each measure puts first, and with which network."""
    several = table["network"].nunique() > 1
    for target, rows in table.groupby("target", sort=False):
        yield f"{target}:"
        for measure, found in rows.groupby("measure", sort=False):
            up = bool(found["higher_is_better"].iloc[0])
            ranked = found.sort_values("value", ascending=not up, kind="stable")
            first: Any = next(ranked.itertuples(index=False))
            interval = "" if np.isnan(first.low) else f" ({first.low:.4g} to {first.high:.4g})"
            who = f"{first.source} with {first.network}" if several else first.source
            sure = "" if first.distinguishable else f", {INDISTINGUISHABLE}"
            yield f"  {measure:<23} {who}: {first.value:.4g}{interval}{sure}"


def _chosen(only: Iterable[str] | None) -> dict[str, Measure]:
    every = known_measures()[0]
    usable = {name: row for name, row in every.items() if AVAILABLE.issuperset(row.needs)}
    if only is None:
        return usable
    found = {name: lookup("measure", name, every) for name in only}
    for name in found:
        if name not in usable:
            needs = " and ".join(dict.fromkeys(found[name].needs))
            raise ConfigError(
                f"{name} needs {needs}, which source and target do not have; see `warmstart "
                f"measures list`. Known here: {', '.join(usable)}."
            )
    return found


def _score_rows(
    work: MeasuredStudy, run: PlannedRun, names: Sequence[str]
) -> Iterator[dict[str, Any]]:
    table = known_measures()[0]
    for name, values in scores_of(work, run, names).items():
        low, high = half_sample_interval(values[0], values[1:], table[name].bounds)
        yield {
            **_place(run, run.network, name),
            **{"value": float(values[0]), "low": low, "high": high, "floor": np.nan},
            "distinguishable": True,
            "higher_is_better": bool(table[name].higher_is_better),
        }


def _distance_rows(
    work: MeasuredStudy, eye: Probe, run: PlannedRun, other: str, rows: Iterable[Measure]
) -> Iterator[dict[str, Any]]:
    source, target = work.sample(other, run), work.sample(run.dataset, run)
    for row in rows:
        try:
            found = distance_between(
                row,
                source,
                target,
                eye=eye,
                cache=work.options.cache,
                intervals=work.intervals,
            )
        except DataError as error:
            work.listener.say(f"{run.source} -> {run.target}: {row.name} is left out: {error}")
            continue
        yield {
            **_place(run, eye.network, distance_name(row)),
            **{part: getattr(found, part) for part in SURE},
            "higher_is_better": False,
        }


def _place(run: PlannedRun, network: str, measure: str) -> dict[str, str]:
    return {
        "source": run.source,
        "target": run.target,
        "network": network,
        "measure": measure,
    }
