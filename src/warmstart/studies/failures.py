"""Runs that failed: what needs them fails with them, which they are, and how they begin anew."""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from warmstart.core.store import claim, write_file
from warmstart.studies.jobs import Place
from warmstart.studies.plan import PlannedRun
from warmstart.studies.run_names import run_names
from warmstart.studies.tables import RunRow

MOST_NAMES = 10
"""Runs that are named per reason; ``runs.csv`` names all."""


def has_failed(key: str, place: Place) -> bool:
    """Whether a run failed, and nobody has done it since."""
    return place.outcome(key) is None and place.reason(key) is not None


def runs_to_do(runs: Sequence[PlannedRun], place: Place, *, retry_failed: bool) -> list[PlannedRun]:
    """The runs that are neither done nor failed; what needs a failed run fails with it.

    Args:
        runs: All runs of the study.
        place: The study folder.
        retry_failed: Do failed runs too. They begin anew: what they kept led to where they failed.
    """
    if retry_failed:
        _forget_failures(runs, place)
    _fail_with_their_needs(runs, place)
    return unfinished(runs, place)


def unfinished(
    runs: Iterable[PlannedRun], place: Place, *, failed: bool = False
) -> list[PlannedRun]:
    """The runs that are not done and have not failed; with ``failed`` also those that have."""
    left = [run for run in runs if place.outcome(run.key) is None]
    return [run for run in left if failed or place.reason(run.key) is None]


def _forget_failures(runs: Iterable[PlannedRun], place: Place) -> None:
    for run in runs:
        if has_failed(run.key, place):
            with claim(place.lock(run.key)) as ours:
                if ours:
                    shutil.rmtree(place.partial(run.key), ignore_errors=True)
                    place.failure(run.key).unlink(missing_ok=True)


def _fail_with_their_needs(runs: Sequence[PlannedRun], place: Place) -> None:
    names = run_names(runs)
    failed = {run.key for run in runs if has_failed(run.key, place)}
    for run in runs:
        if run.needs in failed and run.key not in failed and place.outcome(run.key) is None:
            reason = f"needs {names[run.needs]}, which failed"
            write_file(place.failure(run.key), f"{reason}\n")


def failure_lines(runs: Sequence[RunRow], reasons: Mapping[str, str]) -> Iterator[str]:
    """Say why runs failed and which they are: a line per reason, and one with their names.

    Args:
        runs: All runs of the study; names say what is not the same for all.
        reasons: Why each failed run did, by its key.
    """
    names_of = run_names(runs)
    for reason, count in Counter(reasons.values()).items():
        names = [names_of[key] for key, found in reasons.items() if found == reason]
        more = [f"{count - MOST_NAMES} more"] if count > MOST_NAMES else []
        yield f"{count} failed: {reason}"
        yield f"  {'; '.join([*names[:MOST_NAMES], *more])}"
