"""What a study would run, in words; also where its images are not there yet."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from warmstart.core.text import counted
from warmstart.models.starts import parse_start
from warmstart.models.weights import Weights
from warmstart.studies.config import Study
from warmstart.studies.consistency import source_names, target_datasets
from warmstart.studies.estimate import ASSUMED_GPU, Estimate, estimate
from warmstart.studies.inputs import Inputs, read_inputs, resolve_starts, used_datasets
from warmstart.studies.listener import Listener
from warmstart.studies.one_dataset import headline
from warmstart.studies.plan import PlannedRun, cells, folds_of, plan, section_of
from warmstart.studies.runner import check_networks
from warmstart.studies.sizes import Sizes, family_of, published_sizes, sizes_of, without_root
from warmstart.studies.trainings import Trainings


def overview(study: Study, *, base: Path, out: Path, cache: Path, listener: Listener) -> str:
    """Say what a study would run: runs, images, estimated time.

    Where datasets are not on disk, their published numbers of images take their place, and no
    weights are fetched.

    Raises:
        WarmstartError: If the study could not be run, or an absent dataset has no published number.
    """
    used = used_datasets(study)
    if without_root(study, used, base):
        sizes = published_sizes(study, used, base, cache=cache, step=listener.step)
        runs = plan(study, {name: {"dataset": name} for name in used}, _weights_by_name(study))
        about = [*_counts(study, sizes), f"not found under {base}: {_roots(study, sizes)}"]
    else:
        inputs = read_inputs(study, base=base, cache=cache, say=listener.say, step=listener.step)
        sizes = sizes_of(inputs.datasets)
        runs = plan(study, inputs.identities, resolve_starts(study, base=base, cache=cache))
        _check_parts(study, runs, inputs, cache)
        about = [headline(dataset) for dataset in inputs.datasets.values()]
    check_networks(study, runs)
    cost = estimate(study, runs, sizes, out=out, cache=cache, step=listener.step)
    lines = [
        study.title,
        *(f"  {line}" for line in (*_axes(study, runs), *about)),
        _counted_runs(runs, cost, known=not sizes.missing),
        *_times(cost),
        f"results: {out}",
    ]
    return "\n".join(lines)


def _axes(study: Study, runs: Sequence[PlannedRun]) -> Iterator[str]:
    axes = {
        "networks": study.networks,
        "sources": source_names(study),
        "arms": study.arms,
        "targets": target_datasets(study),
        "seeds": [str(seed) for seed in study.seeds],
    }
    planned = {run.source for run in runs}
    axes["sources"] = [name for name in axes["sources"] if name in planned]
    yield from (f"{axis:<10}{', '.join(names)}" for axis, names in axes.items())
    yield f"{'folds':<10}{folds_of(study)} ({study.protocol.split})"
    if study.tune:
        trials = len({run.tuned for run in runs if run.kind == "finetune"})
        yield f"{'trials':<10}{trials} per cell, chosen on the validation part"


def _counts(study: Study, sizes: Sizes) -> Iterator[str]:
    """A line per dataset."""
    for name, images in sizes.images.items():
        published = ", as published" if sizes.missing.intersection(family_of(study, name)) else ""
        yield f"{name}: {counted(images, 'image')}{published}"


def _roots(study: Study, sizes: Sizes) -> str:
    """The roots that are not there, as the study file names them."""
    return ", ".join(
        dict.fromkeys(
            str(study.datasets[name].root) for name in study.datasets if name in sizes.missing
        )
    )


def _counted_runs(runs: Sequence[PlannedRun], cost: Estimate, *, known: bool) -> str:
    kinds = Counter(run.kind for run in {run.key: run for run in runs}.values())
    done = f"{cost.done} done already" if known else "which are done is not known without images"
    return (
        f"{cost.runs} runs: {kinds['pretrain']} pretrainings, {kinds['finetune']} fine-tunings; "
        f"{done}"
    )


def _times(cost: Estimate) -> Iterator[str]:
    import torch

    yield (
        f"{cost.images:,} training images (times epochs) to go; about {cost.duration} on this "
        f"machine, one run at a time (by {cost.basis})"
    )
    if not torch.cuda.is_available():
        yield (
            f"on a GPU: not measured; about {cost.gpu_duration} on one that sustains "
            f"{ASSUMED_GPU / 1e12:.0f} TFLOP/s ({cost.operations / 1e15:,.0f} PFLOP in all)"
        )


def _weights_by_name(study: Study) -> dict[tuple[str, str], Weights]:
    """Weights that are not fetched, told apart by what names them.

    Raises:
        WeightsError: If they are published nowhere.
    """
    from warmstart.models.pretrained import published_tag  # loads PyTorch

    found = {}
    for network, source in dict.fromkeys((cell.network, cell.source) for cell in cells(study)):
        start = parse_start(section_of(study, source).start).base
        if start.kind == "timm":
            published_tag(start, network)
        if start.kind in ("timm", "hf", "file"):
            name = str(start)
            found[network, source] = Weights(digest=name, mean=(), std=(), origin=name, licence="")
    return found


def _check_parts(study: Study, runs: Sequence[PlannedRun], inputs: Inputs, cache: Path) -> None:
    """Refuse a dataset whose parts a run would refuse; its first run stands for all."""
    trainings = Trainings(study, inputs, cache=cache, device="cpu")
    for run in {(run.kind, run.dataset): run for run in reversed(runs)}.values():
        trainings.parts(run)
