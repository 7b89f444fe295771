"""What a study file says that cannot be: names nobody defines, values no recipe takes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from warmstart.core.names import hint
from warmstart.errors import ConfigError
from warmstart.metrics import METRICS
from warmstart.models.starts import parse_start
from warmstart.studies.config import (
    RANDOM,
    Classes,
    DatasetSection,
    SourceSection,
    Study,
    Subset,
    parents_of,
)
from warmstart.studies.recipes import early_stops, recipe_problems

_NAMING = "a name begins with a letter or digit and holds letters, digits, '.', '_', '-' only."


def problems(study: Study) -> list[str]:
    """Every problem of a well-formed study, one line each."""
    return [
        *_datasets(study),
        *_sources(study),
        *_targets(study),
        *_axes(study),
        *_values(study),
        *_chosen_on_test(study),
        *_names(study),
        *recipes_of(study.model_dump()),
        *unknown_names("metric", [study.protocol.metric], METRICS, "protocol"),
    ]


def target_datasets(study: Study) -> dict[str, str]:
    """The dataset of each target: those named, else every dataset that no source names."""
    if study.targets:
        return {name: section.dataset for name, section in study.targets.items()}
    taken = {dataset for section in study.sources.values() if (dataset := _pretrained_on(section))}
    return {name: name for name in study.datasets if name not in taken}


def _pretrained_on(section: SourceSection) -> str | None:
    """The dataset a source is pretrained on; a start that cannot be read is told elsewhere."""
    try:
        start = parse_start(section.start)
    except ConfigError:
        return None
    return start.argument if start.kind == "dataset" else None


def source_names(study: Study) -> list[str]:
    """All sources; random initialisation, the baseline, is always there and comes last."""
    return [name for name in study.sources if name != RANDOM] + [RANDOM]


def unknown_names(
    kind: str, names: Iterable[str], known: Iterable[str], where: str
) -> Iterator[str]:
    """Yield a line for each name that is not known, with the nearest and all known ones."""
    options = sorted(known)
    for name in names:
        if name in options:
            continue
        if kind in _SERIES and (sizes := _sizes_of(name, options)):
            yield f"[{where}] {name!r} is a series: {', '.join(sizes)}; say which."
        else:
            yield f"[{where}] unknown {kind} {name!r}.{hint(name, options)} Known: " + (
                f"{', '.join(options)}."
            )


_SERIES = ("dataset", "source", "target")
"""What a list of sizes in the file makes several of, named ``NAME-SIZE``."""


def _sizes_of(name: str, known: Iterable[str]) -> list[str]:
    """The names of a series, smallest first."""
    sizes = [one.removeprefix(f"{name}-") for one in known if one.startswith(f"{name}-")]
    return [f"{name}-{size}" for size in sorted((s for s in sizes if s.isdecimal()), key=int)]


_MADE = ("classes", "subset", "resolution", "grayscale", "regroup")
"""What makes a derived dataset another than its parent."""


def _datasets(study: Study) -> Iterator[str]:
    for name, section in study.datasets.items():
        where = f"datasets.{name}"
        if not _is_file_name(name):
            yield f"[datasets.{name!r}] {_NAMING}"
        if sum(origin is not None for origin in (section.reader, section.derive, section.mix)) != 1:
            yield f"[{where}] needs one of reader = ..., derive = ... and mix = ..., and only one."
            continue
        if section.derive is None:
            for key in _MADE:
                if getattr(section, key):
                    yield f"[{where}] {key} makes a dataset of its own: derive = ..., {key} = ..."
        if section.reader is None:
            yield from _made(study, name, section)


def _made(study: Study, name: str, section: DatasetSection) -> Iterator[str]:
    where, parents = f"datasets.{name}", parents_of(study, name)
    yield from unknown_names("dataset", parents, study.datasets, where)
    for key in ("root", "window"):
        if getattr(section, key) is not None:
            yield f"[{where}] {key!r} belongs to the dataset it is made from."
    known = ("derive", *_MADE) if section.mix is None else ("mix",)
    yield from unknown_names("key", section.options, known, where)
    if section.derive is not None:
        yield from _derivation(section, where)
    if all(parent in study.datasets for parent in parents) and _in_a_circle(study, name):
        yield f"[{where}] is made from itself."


def _derivation(section: DatasetSection, where: str) -> Iterator[str]:
    if not any(getattr(section, key) for key in _MADE):
        yield f"[{where}] says derive but not how; add one of {', '.join(_MADE)}."
    subset = section.subset
    if subset is not None and not _says_which(subset):
        yield f"[{where}] subset needs either n or fraction, such as subset = {{ n = 500 }}."
    if subset is not None and subset.weights is not None and subset.stratified:
        yield f'[{where}] weights = "{subset.weights}" needs stratified = false.'
    classes = section.classes
    if classes is not None and not (classes.keep or classes.merge):
        yield f"[{where}] classes needs keep or merge."
    if classes is not None and not all(name.strip() for name in _class_names(classes)):
        yield f"[{where}] classes holds an empty name; a class needs a name."


def _says_which(subset: Subset) -> bool:
    """Whether a subset says how many images, in one way, or of which parts."""
    drawn = sum(how is not None for how in (subset.n, subset.fraction))
    return drawn == 1 or (drawn == 0 and bool(subset.parts))


def _class_names(classes: Classes) -> Iterator[str]:
    yield from classes.keep or ()
    for new, olds in (classes.merge or {}).items():
        yield from (new, *olds)


def _in_a_circle(study: Study, name: str) -> bool:
    seen: set[str] = set()
    open_ends = list(parents_of(study, name))
    while open_ends:
        one = open_ends.pop()
        if one not in seen and one in study.datasets:
            seen.add(one)
            open_ends += parents_of(study, one)
    return name in seen


def _sources(study: Study) -> Iterator[str]:
    for name, section in study.sources.items():
        where = f"sources.{name}"
        try:
            start = parse_start(section.start)
        except ConfigError as error:
            yield f"[{where}] {error}"
            continue
        if name == RANDOM and start.kind != "random":
            yield f"[{where}] is the baseline and starts at random; give this source another name."
        if start.kind == "dataset":
            yield from unknown_names("dataset", [start.argument], study.datasets, where)
        elif section.pretrain:
            yield f"[{where}] pretrain has no effect: {section.start!r} is not pretrained here."
        yield from unknown_names("network", section.networks or (), study.networks, where)
        yield from unknown_names("target", section.targets or (), target_datasets(study), where)


def _targets(study: Study) -> Iterator[str]:
    for name, section in study.targets.items():
        yield from unknown_names("dataset", [section.dataset], study.datasets, f"targets.{name}")
    for name, dataset in target_datasets(study).items():
        own = study.sources.get(name)
        paper = study.protocol.baseline == "paper"
        if paper and own is not None and own.start != f"dataset:{dataset}":
            yield (
                f'[sources.{name}] has the name of a target; with baseline = "paper" it is that '
                f'target\'s baseline and starts from "dataset:{dataset}".'
            )
    if not target_datasets(study):
        yield "every dataset is a source; name a target: [targets.NAME] dataset = ..."


def _values(study: Study) -> Iterator[str]:
    axes = {axis: getattr(study, axis) for axis in ("networks", "seeds")}
    for axis, values in (axes | {f"[tune] {field}": v for field, v in study.tune.items()}).items():
        if len(set(values)) < len(values):
            yield f"{axis} names a value twice."
    if study.protocol.steps_to_auc is not None and not _records(study):
        yield (
            "[protocol] steps_to_auc needs record_every in [finetune], or in the finetune table of "
            "a source, target, pair or arm."
        )


def _chosen_on_test(study: Study) -> Iterator[str]:
    """What would be chosen by the images that are then tested."""
    if study.protocol.split != "paper":
        return
    same = 'the validation part, which split = "paper" makes the test part; take another split'
    for where in early_stops(study):
        yield (
            f"[{where}] early_stopping keeps the weights that do best on {same}, or leave "
            "early_stopping out."
        )
    if study.tune:
        yield f"[tune] chooses what does best on {same}, or leave [tune] out."


def _records(study: Study) -> bool:
    """Whether any fine-tuning measures its AUC on the way."""
    levels = (study.sources, study.targets, study.pairs, study.arms)
    sections = [section.finetune for level in levels for section in level.values()]
    return any("record_every" in part for part in (study.finetune, study.tune, *sections))


def _names(study: Study) -> Iterator[str]:
    for kind in ("sources", "targets", "arms"):
        for name in getattr(study, kind):
            if not _is_file_name(name):
                yield f"[{kind}.{name!r}] {_NAMING}"


_OF_STAGES = ("layer_decay", "freeze_batch_norm", "frozen_stages", "last_stages")
"""What a recipe says about how the layers below the linear one are trained."""


def _axes(study: Study) -> Iterator[str]:
    for name, arm in study.arms.items():
        yield from unknown_names("network", arm.networks or (), study.networks, f"arms.{name}")
        yield from unknown_names("source", arm.sources or (), source_names(study), f"arms.{name}")
        if arm.tune == "head" and (idle := [key for key in _OF_STAGES if key in arm.finetune]):
            yield (
                f'[arms.{name}] tune = "head" trains the linear layer only; leave out '
                f"{' and '.join(idle)}, or tune."
            )
    if not study.arms:
        yield "[arms] is empty; leave it out, or name an arm."
    for name in study.pairs:
        source, arrow, target = name.partition("->")
        if not arrow:
            yield f'[pairs.{name!r}] should read "source->target".'
        else:
            yield from unknown_names("source", [source], source_names(study), f"pairs.{name!r}")
            yield from unknown_names("target", [target], target_datasets(study), f"pairs.{name!r}")


def recipes_of(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the recipes in the tables of a study file, whatever else is."""
    for phase in ("pretrain", "finetune"):
        yield from _recipe(table, phase, phase)
        for kind in ("sources", "targets", "pairs", "arms"):
            for name, section in _tables(table.get(kind)):
                shown = repr(name) if kind == "pairs" else name
                yield from _recipe(section, phase, f"{kind}.{shown}.{phase}")
    for field, values in _tables(table.get("tune"), kind=list | tuple):
        for value in values:
            yield from recipe_problems({field: value}, "tune")


def _recipe(table: Mapping[str, Any], phase: str, where: str) -> Iterator[str]:
    part = table.get(phase)
    if isinstance(part, Mapping):
        yield from recipe_problems(part, where)


def _tables(found: object, kind: Any = Mapping) -> Iterator[tuple[str, Any]]:
    if isinstance(found, Mapping):
        yield from ((name, value) for name, value in found.items() if isinstance(value, kind))


def _is_file_name(name: str) -> bool:
    return bool(name) and all(c.isalnum() or c in "._-" for c in name) and name[0] not in "._"
