"""What a study would run, in words."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from warmstart.studies.config import Study
from warmstart.studies.consistency import source_names, target_datasets
from warmstart.studies.estimate import estimate
from warmstart.studies.inputs import Inputs, read_inputs, resolve_starts
from warmstart.studies.one_dataset import headline
from warmstart.studies.plan import PlannedRun, folds_of, plan
from warmstart.studies.runner import Listener, check_networks
from warmstart.studies.trainings import Trainings


def overview(study: Study, *, base: Path, out: Path, cache: Path, listener: Listener) -> str:
    """Say what a study would run: runs, images, estimated time.

    Raises:
        WarmstartError: If the study could not be run.
    """
    inputs = read_inputs(study, base=base, cache=cache, say=listener.say, step=listener.step)
    weights = resolve_starts(study, base=base, cache=cache)
    runs = plan(study, inputs.identities, weights)
    check_networks(study, runs)
    _check_parts(study, runs, inputs, cache)
    cost = estimate(study, runs, inputs, out=out, cache=cache)
    kinds = Counter(run.kind for run in {run.key: run for run in runs}.values())
    trials = len({run.tuned for run in runs if run.kind == "finetune"})
    axes = {
        "networks": study.networks,
        "sources": source_names(study),
        "arms": study.arms,
        "targets": target_datasets(study),
        "seeds": [str(seed) for seed in study.seeds],
    }
    lines = [f"{study.title}"]
    lines += [f"  {axis:<10}{', '.join(names)}" for axis, names in axes.items()]
    lines.append(f"  {'folds':<10}{folds_of(study)} ({study.protocol.split})")
    if study.tune:
        lines.append(f"  {'trials':<10}{trials} per cell, chosen on the validation part")
    for dataset in inputs.datasets.values():
        lines.append(f"  {headline(dataset)}")
    lines += [
        f"{cost.runs} runs: {kinds['pretrain']} pretrainings, {kinds['finetune']} fine-tunings; "
        f"{cost.done} done already",
        f"{cost.images:,} training images (times epochs) to go; about {cost.duration} on this "
        f"machine, one run at a time ({cost.basis})",
        f"results: {out}",
    ]
    return "\n".join(lines)


def _check_parts(study: Study, runs: Sequence[PlannedRun], inputs: Inputs, cache: Path) -> None:
    """Refuse a dataset whose parts a run would refuse; its first run stands for all."""
    trainings = Trainings(study, inputs, cache=cache, device="cpu")
    for run in {(run.kind, run.dataset): run for run in reversed(runs)}.values():
        trainings.parts(run)
