"""A study made ready: datasets read and prepared, weights found, runs planned."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from warmstart.studies.config import Study
from warmstart.studies.inputs import Inputs, prepare_inputs, read_inputs, resolve_starts
from warmstart.studies.listener import Listener
from warmstart.studies.options import Options
from warmstart.studies.plan import PlannedRun, plan

Check = Callable[[Inputs, Sequence[PlannedRun]], None]
"""(inputs that are read but not prepared, planned runs) -> nothing, or an error."""


class Ready(NamedTuple):
    """What a study is run, or measured, on.

    Attributes:
        inputs: Its datasets, prepared.
        runs: Every run of it, pretraining first.
    """

    inputs: Inputs
    runs: list[PlannedRun]


def make_ready(
    study: Study,
    options: Options,
    listener: Listener,
    *,
    about: Collection[str] | None = None,
    check: Check | None = None,
) -> Ready:
    """Read and prepare a study's datasets, find its weights, and plan its runs.

    Args:
        study: What is asked.
        options: How it is run.
        listener: Told what is to be known about datasets, and how far the work is.
        about: Names of the datasets it is told about; by default all.
        check: Refuses what cannot be done, before images are prepared; or after it, where
            unreadable ones are left out.

    Raises:
        WarmstartError: If the study cannot be run.
    """
    inputs = read_inputs(
        study,
        base=options.base,
        cache=options.cache,
        say=listener.say,
        step=listener.step,
        about=about,
    )
    # Preparing may take hours: missing weights, and what cannot be done, are told before it.
    weights = resolve_starts(study, base=options.base, cache=options.cache)
    if check and not options.skip_unreadable:
        check(inputs, plan(study, inputs.identities, weights))
    inputs = prepare_inputs(
        study,
        inputs,
        cache=options.cache,
        skip_unreadable=options.skip_unreadable,
        say=listener.say,
        step=listener.step,
        about=about,
    )
    runs = plan(study, inputs.identities, weights)
    if check and options.skip_unreadable:  # images that are left out change what runs are called
        check(inputs, runs)
    return Ready(inputs, runs)
