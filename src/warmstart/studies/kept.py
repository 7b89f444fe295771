"""How much of what it started from each run kept, stage by stage: figure 3 of *Transfusion*."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from warmstart.analysis.claim_differences import pairs_of
from warmstart.analysis.claim_numbers import KEPT_COLUMNS
from warmstart.analysis.claims import AXES
from warmstart.analysis.transferability import KEY
from warmstart.core.store import write_file
from warmstart.embed.activations import activations
from warmstart.embed.probe import make_probe
from warmstart.embed.stored import stored_arrays
from warmstart.errors import ConfigError, DataError
from warmstart.measures.cca import cca
from warmstart.measures.representation import independent_baseline
from warmstart.models.stages import stages
from warmstart.reports.tables import csv_text
from warmstart.studies.claim_tables import KEPT
from warmstart.studies.claims import claims_of
from warmstart.studies.comparing import Checkpoint, read_checkpoint
from warmstart.studies.config import Study
from warmstart.studies.jobs import Place
from warmstart.studies.listener import Listener
from warmstart.studies.material import Sample, sample_of
from warmstart.studies.options import Options
from warmstart.studies.plan import PlannedRun
from warmstart.studies.ready import make_ready
from warmstart.studies.run_starts import rebuilt_start
from warmstart.studies.tables import chosen_keys, read_outcomes

IMAGES, PLACES = 100, 100
"""Images of a target, and places of each map: 10,000 rows where maps are that large."""
CHANNELS, DRAWS = 64, 5
"""Channels of each draw, and how many are averaged, so that wide and narrow stages compare."""
ROWS_PER_CHANNEL = 10
"""CCA of fewer rows says more about chance than about the network."""
_VERSION = 1
"""Raised by hand when a change of the code changes the numbers."""
Maps = NDArray[np.float32]


def measure_kept(
    study: Study, options: Options, listener: Listener, *, most: int = IMAGES
) -> pd.DataFrame:
    """Compare each run with what it started from, and write ``kept.csv``.

    Mean canonical correlation (CCA) of what a stage hands on before and after training, over the
    same places of the same images of the target. Runs are those that claims with ``number =
    "kept"`` compare, all fine-tunings where there is no such claim; of several trials the chosen
    one.

    Args:
        study: A study, or the part of it that is done.
        options: How a study is run.
        listener: Told how far it is.
        most: How many images of a target are looked at, at most.

    Returns:
        A row per run and stage, columns of `KEPT_COLUMNS`: ``kept`` from 0 to 1, 1 where the stage
        is a linear function of what it was; ``unrelated`` is the same of rows out of order. Both
        are NaN where no channel of a stage ever answers.

    Raises:
        ConfigError: If none of these runs is done.
        WarmstartError: If the study could not be run, or a start cannot be made again.
    """
    ready = make_ready(study, options, listener)
    place = Place(folder=options.out)
    runs = _asked_for(study, ready.runs, place)
    if not runs:
        raise ConfigError(
            f"No run to be measured is done in {options.out}; `warmstart study run` trains them."
        )
    rows: list[dict[str, Any]] = []
    with threadpool_limits(1, user_api="blas"):  # its threads wait by spinning
        for done, run in enumerate(runs):
            listener.step("comparing with starts", done, len(runs))
            end = read_checkpoint(place.run(run.key))
            dataset = ready.inputs.datasets[run.dataset]
            sample = sample_of(dataset, size=end.size, fit=end.fit, most=most, cache=options.cache)
            axes = {name: getattr(run, name) for name in KEY}
            rows += [axes | row for row in _stages(place, run, end, sample, options)]
    listener.step("comparing with starts", len(runs), len(runs))
    table = pd.DataFrame(rows, columns=KEPT_COLUMNS)
    write_file(options.out / KEPT, csv_text(table))
    return table


def _asked_for(study: Study, runs: Sequence[PlannedRun], place: Place) -> list[PlannedRun]:
    """The finished fine-tunings that are to be measured."""
    done = chosen_keys(study, runs, read_outcomes(runs, place))
    chosen = {pair for pairs in done.values() for pair in pairs}
    found = [r for r in runs if r.kind == "finetune" and (r.key, r.tuned) in chosen]
    planned = dict.fromkeys(_cell(run) for run in runs if run.kind == "finetune")
    claims = [claim for claim in claims_of(study) if claim.number == "kept"]
    named = {
        (*cell[: len(AXES)], cell.target)
        for claim in claims
        for pair in pairs_of(claim, list(planned))
        for cell in pair
    }
    return [run for run in found if not claims or _cell(run) in named]


def _cell(run: PlannedRun) -> tuple[str, str, str, str]:
    return run.network, run.source, run.arm, run.target


def _stages(
    place: Place, run: PlannedRun, end: Checkpoint, sample: Sample, options: Options
) -> Iterator[dict[str, Any]]:
    """What each stage of a run kept."""
    probe = end.probe
    model, _ = rebuilt_start(place.run(run.key), options.cache)
    start = make_probe(probe.network, model.state_dict(), mean=probe.mean, std=probe.std)

    def compute() -> dict[str, NDArray[np.float64]]:
        before, after = (activations(p, sample.images, places=PLACES) for p in (start, probe))
        return {name: np.array(kept_of(before[name], after[name])) for name in before}

    question = ["kept", _VERSION, probe.network, start.digest, probe.digest, sample.key]
    found = stored_arrays(options.cache, [*question, probe.mean, probe.std], compute)
    for stage in (one.name for one in stages(probe.network)):
        kept, unrelated = found[stage]
        yield {"stage": stage, "kept": float(kept), "unrelated": float(unrelated)}


def kept_of(before: Maps, after: Maps, *, seed: int = 0) -> tuple[float, float]:
    """Return how alike a stage is before and after training.

    Args:
        before: What it handed on, a row per image and place, shape (n, channels).
        after: The same images, places and channels.
        seed: Seed of the draws of channels.

    Returns:
        Mean CCA over draws of channels, 0 to 1; and the same when rows are out of order. NaN where
        a draw holds no channel that ever answers.
    """
    rng = np.random.default_rng(seed)
    count = max(1, min(CHANNELS, before.shape[1], len(before) // ROWS_PER_CHANNEL))
    pairs = []
    for draw in range(DRAWS):
        some = rng.permutation(before.shape[1])[:count]
        a, b = before[:, some], after[:, some]
        try:
            none = independent_baseline(cca, a, b, repeats=1, seed=draw)
            pairs.append((cca(a, b), float(none.mean())))
        except DataError:
            return float("nan"), float("nan")
    kept, unrelated = np.mean(pairs, axis=0)
    return float(kept), float(unrelated)
