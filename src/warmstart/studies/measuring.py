"""Every measure of every source-target pair of a study, as one tidy table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from warmstart.core.names import lookup
from warmstart.core.store import write_file
from warmstart.data.ahead import map_on_cores
from warmstart.embed.probe import Probe, make_probe
from warmstart.embed.stored import stored_arrays
from warmstart.errors import ConfigError, DataError, WeightsError
from warmstart.measures.halving import half_sample_interval
from warmstart.measures.measure import Measure
from warmstart.measures.noise import INDISTINGUISHABLE
from warmstart.measures.panel import panel
from warmstart.measures.table import known_measures
from warmstart.models.architectures import family_of, linear_name
from warmstart.models.pretrained import read_tensors
from warmstart.models.starts import parse_start
from warmstart.models.weights import resolve_weights, weights_here
from warmstart.reports.tables import csv_text
from warmstart.studies.config import Study
from warmstart.studies.distances import DIFFERENCE, SURE, distance_between
from warmstart.studies.jobs import Place, with_origin
from warmstart.studies.listener import Listener
from warmstart.studies.material import AVAILABLE, Sample, material, sample_of
from warmstart.studies.options import Options
from warmstart.studies.plan import PlannedRun, section_of
from warmstart.studies.ready import Ready, make_ready
from warmstart.studies.trainings import Trainings
from warmstart.training.run import set_threads, starting_network

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
LEAST_SIDE = 160
"""In pixels, of images that a head trained on ImageNet, at 224 and more, still knows."""
_VERSION = 1
"""Raised by hand when a change of the code changes a measure's value."""

Floats = NDArray[np.float64]


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
    for line in _head_warnings(ready.runs, table["measure"].unique()):
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
    work = _work(study, ready, options, listener, most, intervals)
    pairs = _pairs(work.runs)
    set_threads(study.protocol.threads)
    paired = any(_source_dataset(work, run) is not None for run in pairs)
    compares = any(row.kind != "score" for row in chosen.values())
    eye = _eye(work) if paired and compares else None
    rows: list[dict[str, Any]] = []
    with threadpool_limits(1, user_api="blas"):  # its threads wait by spinning; ours do not
        for done, run in enumerate(pairs):
            listener.step("measuring pairs", done, len(pairs))
            rows += _scores(work, run, [n for n, row in chosen.items() if row.kind == "score"])
            other = _source_dataset(work, run)
            if eye is not None and other is not None and run.network == pairs[0].network:
                rows += _distances(work, eye, run, other, chosen)
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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Work:
    """A study that is being measured."""

    study: Study
    options: Options
    listener: Listener
    trainings: Trainings
    runs: Sequence[PlannedRun]
    most: int
    intervals: bool
    samples: dict[tuple[str, int, str, bool], Sample] = field(default_factory=dict)

    def sample(self, dataset: str, run: PlannedRun) -> Sample:
        """A dataset as the run's recipe shows it."""
        size, fit = run.recipe.image_size, run.recipe.fit
        tested = dataset == run.dataset and self.study.protocol.split == "official"
        place = dataset, size, fit, tested
        if place not in self.samples:
            self.samples[place] = sample_of(
                self.trainings.inputs.datasets[dataset],
                size=size,
                fit=fit,
                most=self.most,
                cache=self.options.cache,
                leave_out="test" if tested else None,
            )
        return self.samples[place]


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


def _work(
    study: Study, ready: Ready, options: Options, listener: Listener, most: int, intervals: bool
) -> _Work:
    return _Work(
        study=study,
        options=options,
        listener=listener,
        trainings=Trainings(study, ready.inputs, cache=options.cache, device="cpu"),
        runs=ready.runs,
        most=most,
        intervals=intervals,
    )


def _pairs(runs: Sequence[PlannedRun]) -> list[PlannedRun]:
    """The first run of each network, source and target."""
    first: dict[tuple[str, str, str], PlannedRun] = {}
    for run in runs:
        if run.kind == "finetune":
            first.setdefault((run.network, run.source, run.target), run)
    return list(first.values())


def _source_dataset(work: _Work, run: PlannedRun) -> str | None:
    start = parse_start(section_of(work.study, run.source).start)
    return start.argument if start.kind == "dataset" else None


def _scores(work: _Work, run: PlannedRun, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    place = Place(folder=work.options.out)
    if run.needs is not None and place.outcome(run.needs) is None:
        work.listener.say(
            f"{run.source} is not pretrained with {run.network}: scores are left out; "
            "`warmstart study run` pretrains it."
        )
        return
    if not names:
        return
    probe = _starting_probe(work, run)
    sample = work.sample(run.dataset, run)

    def compute() -> dict[str, Floats]:
        halves = sample.halves() if work.intervals else []
        given = [_material(work, probe, one) for one in (sample, *halves)]
        every = list(map_on_cores(_panel, given))
        return {name: np.array([one.get(name, np.nan) for one in every]) for name in every[0]}

    question = ["scores", _VERSION, probe.digest, sample.key, list(names)]
    question += [] if work.intervals else ["once"]
    where = f"{run.source} with {run.network} on {run.target}"
    try:
        found = stored_arrays(work.options.cache, question, compute)
    except DataError as error:
        work.listener.say(f"{where}: scores are left out: {error}")
        return
    table = known_measures()[0]
    for name in names:
        if name in found:
            values = found[name]
            low, high = half_sample_interval(values[0], values[1:], table[name].bounds)
            yield {
                **_place(run, run.network, name),
                **{"value": float(values[0]), "low": low, "high": high, "floor": np.nan},
                "distinguishable": True,
                "higher_is_better": bool(table[name].higher_is_better),
            }


def _head_warnings(runs: Sequence[PlannedRun], names: Iterable[str]) -> list[str]:
    """Each warning once, however many targets it is for."""
    told = {
        f"{run.source} with {run.network}: {warning}": None
        for run in runs
        if run.kind == "finetune"
        and (warning := head_warning(run.start, run.recipe.image_size, names))
    }
    return list(told)


def head_warning(start: str, side: int, names: Iterable[str]) -> str | None:
    """What there is to say against scores that read a published head, on images of this side."""
    rows = known_measures()[0]  # differences of properties are no rows of it
    told = [name for name in names if name in rows and "source_probabilities" in rows[name].needs]
    if not told or side >= LEAST_SIDE or parse_start(start).kind != "timm":
        return None
    return (
        f"{' and '.join(told)} read the published head on images of {side} px; below {LEAST_SIDE} "
        "px it is often wrong: do not rely on them, or set a larger image_size."
    )


def _material(work: _Work, probe: Probe, sample: Sample) -> tuple[Any, ...]:
    """What the scores of a network on a sample read: features, labels, probabilities, groups."""
    cache = work.options.cache
    features = material("features", sample, probe, cache)
    own = material("source_probabilities", sample, probe, cache)
    return features, sample.labels, own, sample.groups


def _panel(given: tuple[Any, ...]) -> dict[str, float]:
    features, labels, own, groups = given
    return panel(features, labels, own, groups=groups)


def _starting_probe(work: _Work, run: PlannedRun) -> Probe:
    """The network that fine-tuning starts from, with its own linear layer where it has one."""
    training = work.trainings.of(run)
    if run.needs is not None:
        training = with_origin(training, Place(folder=work.options.out), run.needs)
    normalisation = training.normalisation or family_of(run.network).normalisation(run.network)
    mean, std = normalisation
    if training.weights is not None and parse_start(run.start).transform is None:
        tensors = read_tensors(training.weights)
    else:
        model = starting_network(training)
        layer = f"{linear_name(model)}."  # new, so that it says nothing of any class
        tensors = {k: v for k, v in model.state_dict().items() if not k.startswith(layer)}
    return make_probe(run.network, tensors, mean=mean, std=std)


def _eye(work: _Work) -> Probe | None:
    """The network whose features datasets are compared by, if possible without a download."""
    start, cache, root = parse_start("timm"), work.options.cache, work.options.base
    here: list[str] = []
    away: list[str] = []
    for network in work.study.networks:
        with suppress(WeightsError):  # none are published
            found = here if weights_here(start, network, cache=cache, root=root) else away
            found.append(network)
    for network in (*here, *away):
        try:
            weights = resolve_weights(start, network, cache=cache, root=root)
        except WeightsError:
            continue
        tensors = read_tensors(weights.path(work.options.cache))
        return make_probe(network, tensors, mean=weights.mean, std=weights.std)
    work.listener.say(
        f"no published weights of {', '.join(work.study.networks)}: distances are left out."
    )
    return None


def _distances(
    work: _Work, eye: Probe, run: PlannedRun, other: str, chosen: Mapping[str, Measure]
) -> Iterator[dict[str, Any]]:
    source, target = work.sample(other, run), work.sample(run.dataset, run)
    for name, row in chosen.items():
        if row.kind not in ("distance", "property"):
            continue
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
            work.listener.say(f"{run.source} -> {run.target}: {name} is left out: {error}")
            continue
        yield {
            **_place(run, eye.network, name if row.kind == "distance" else name + DIFFERENCE),
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
