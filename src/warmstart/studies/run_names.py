"""How runs are called where people read of them."""

from collections.abc import Sequence

from warmstart.studies.tables import RunRow


def run_names(runs: Sequence[RunRow]) -> dict[str, str]:
    """Return a name for each run by its key: ``photos -> histology, arm linear, fold 2``.

    A name says what is not the same for all; of runs with one key the first gives it.
    """
    axes = [axis for axis in ("network", "arm", "seed") if _varies(axis, runs)]
    return {run.key: _name(run, axes) for run in reversed(runs)}


def _varies(axis: str, runs: Sequence[RunRow]) -> bool:
    return len({str(getattr(run, axis)) for run in runs} - {""}) > 1


def _name(run: RunRow, axes: Sequence[str]) -> str:
    pretrains = run.kind == "pretrain"
    what = f"pretrain {run.source}" if pretrains else f"{run.source} -> {run.target}"
    values = {axis: getattr(run, axis) for axis in axes}
    parts = [f"{axis} {value}" for axis, value in values.items() if value != ""]
    parts += [] if pretrains else [f"fold {run.fold + 1}"]
    return ", ".join([what, *parts]) + (f" ({run.tuned})" if run.tuned else "")
