"""A study folder on its own: how far it is, and its report written again."""

from collections.abc import Iterator
from pathlib import Path

from warmstart.errors import DataError
from warmstart.studies.failures import failure_lines
from warmstart.studies.jobs import Place
from warmstart.studies.study_file import read_study
from warmstart.studies.tables import read_outcomes, read_runs, state_of
from warmstart.studies.write import write_tables

STATES = ("done", "running", "failed", "to do")


def status_lines(folder: Path) -> Iterator[str]:
    """Say how many runs are done, running, failed and to do; which failed, and why.

    Raises:
        DataError: If the folder holds no study.
    """
    place = Place(folder=folder)
    runs = read_runs(place)
    states = {run.key: state_of(run.key, place) for run in runs}
    counts = {state: sum(found == state for found in states.values()) for state in STATES}
    yield ", ".join(f"{count} {state}" for state, count in counts.items())
    failed = [key for key, state in states.items() if state == "failed"]
    yield from failure_lines(runs, {key: place.reason(key) or "" for key in failed})
    if failed:
        yield "Repeat them: warmstart study run STUDY.toml --retry-failed"


def write_again(folder: Path, *, share: bool = False) -> Path:
    """Write the tables and the report of a study folder from what is done.

    Raises:
        DataError: If the folder holds no study.
    """
    place = Place(folder=folder)
    runs = read_runs(place)
    if not (folder / "study.toml").is_file():
        raise DataError(f"{folder} is no study folder: it has no study.toml.")
    study = read_study(folder / "study.toml")
    if not read_outcomes(runs, place) and (folder / "results.csv").is_file():
        raise DataError(
            f"{folder} holds results but none of its runs; its tables are left as they are. Bring "
            "the folder runs/ back, or run the study again."
        )
    return write_tables(study, runs, place, again=True, share=share).report
