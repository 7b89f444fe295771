"""What can be started from here: a catalogue, or the sources of a study."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from warmstart.analysis.cells import Candidate
from warmstart.core.store import fresh_folder
from warmstart.core.text import printable
from warmstart.errors import ConfigError, WeightsError
from warmstart.models.starts import parse_start
from warmstart.models.weights import resolve_weights
from warmstart.recommendation.damaged_runs import lacks
from warmstart.recommendation.starting_points import (
    Missing,
    StartingPoint,
    present,
    read_catalogue,
)
from warmstart.studies.config import RANDOM, Study
from warmstart.studies.jobs import Place
from warmstart.studies.listener import Listener
from warmstart.studies.options import Options
from warmstart.studies.ready import Ready
from warmstart.studies.study_file import read_study


@dataclass(frozen=True, kw_only=True)
class Offers:
    """Starting points that were asked for.

    Attributes:
        points: Those that can be started from here, as far as is known.
        missing: The others.
        study: Study that they were pretrained in, if they come from one.
        folder: Its study folder.
    """

    points: tuple[StartingPoint, ...]
    missing: tuple[Missing, ...]
    study: Study | None
    folder: Path | None


def find_offers(
    sources: Path | None, options: Options, listener: Listener, *, download: bool
) -> Offers:
    """Find starting points, and whether their weights are here.

    Args:
        sources: A catalogue, a study file or a study folder; by default the catalogue that ships.
        options: Where weights are kept.
        listener: Told what is downloaded.
        download: Whether weights may be downloaded.

    Raises:
        ConfigError: If the file cannot be read.
    """
    study, folder = _study_of(sources)
    points = read_catalogue(sources) if study is None else _points_of(study)
    made = [point for point in points if parse_start(point.start).kind == "dataset"]
    others = [point for point in points if point not in made]
    here, missing = present(others, cache=options.cache, root=options.base)
    if download:
        fetched, missing = _downloaded(missing, options, listener)
        here += fetched
    found = [point for point in points if point in here or point in made]
    return Offers(
        points=tuple(found),
        missing=tuple(missing),
        study=study,
        folder=folder,
    )


def startable(offers: Offers, ready: Ready, options: Options) -> tuple[Offers, Ready]:
    """Leave out sources whose pretraining is not done; take over what is done in their study.

    Args:
        offers: What was asked for.
        ready: The trial study with its runs.
        options: How it is run.
    """
    if offers.folder is None:
        return offers, ready
    own, theirs = Place(folder=options.out), Place(folder=offers.folder)
    undone = set()
    for run in ready.runs:
        if run.kind == "pretrain" and lacks(run, own) is not None:
            if lacks(run, theirs) is not None:
                undone.add((run.network, run.source))
            else:
                _copy(theirs.run(run.key), own.run(run.key))
    needs = f"its pretraining, which is not in {offers.folder}; `warmstart study run` does it"
    return _without(offers, ready, dict.fromkeys(undone, needs))


def without_own_images(offers: Offers, ready: Ready, target: str) -> tuple[Offers, Ready]:
    """Leave out sources that were pretrained on images of the target: they know its test parts.

    Args:
        offers: What was asked for.
        ready: The trial study with its runs, and the pairs of images found in it.
        target: Name of the images.
    """
    shared = Counter(leak.other for leak in ready.inputs.leaks if leak.dataset == target)
    left_out = {}
    for point in offers.points:
        start = parse_start(point.start)
        if start.kind == "dataset" and start.argument != target and shared[start.argument]:
            count = f"{shared[start.argument]:,}"
            left_out[point.candidate] = (
                f"images it was not pretrained on (it has seen {count} of these)"
            )
    return _without(offers, ready, left_out)


def check_any(offers: Offers, *, download: bool) -> None:
    """Refuse to go on with nothing to start from.

    Args:
        offers: What was asked for.
        download: Whether weights may be downloaded.

    Raises:
        ConfigError: If nothing can be started from here; names what the first one needs.
    """
    if not offers.points:
        first = offers.missing[0]
        hint = "" if download else " download=True fetches weights."
        away = any(parse_start(one.point.start).kind in ("timm", "hf") for one in offers.missing)
        raise ConfigError(
            f"None of the {len(offers.missing)} starting points can be started from here; "
            f"{first.point.name} would need {first.needs}.{hint if away else ''}"
        )


def _without(offers: Offers, ready: Ready, needs: Mapping[Candidate, str]) -> tuple[Offers, Ready]:
    """Without candidates, given with what starting from them would need."""
    left = [run for run in ready.runs if (run.network, run.source) not in needs]
    kept = tuple(point for point in offers.points if point.candidate not in needs)
    lost = [Missing(point=p, needs=needs[p.candidate]) for p in offers.points if p not in kept]
    found = replace(offers, points=kept, missing=(*offers.missing, *lost))
    return found, Ready(ready.inputs, left)


def _study_of(sources: Path | None) -> tuple[Study | None, Path | None]:
    """The study that sources name, and its study folder; neither for a catalogue."""
    if sources is None:
        return None, None
    if sources.is_dir():
        if not (sources / "study.toml").is_file():
            raise ConfigError(
                f"sources is {sources}, a folder without study.toml; a catalogue of starting "
                "points, a study file or the folder that a study wrote was expected."
            )
        return read_study(sources / "study.toml"), sources
    try:
        is_study = "[datasets" in sources.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else printable(error)
        raise ConfigError(
            f"Cannot read {sources}: {why}; a catalogue of starting points, a study "
            "file or a study folder was expected."
        ) from error
    folder = sources.parent / f"{sources.stem}-results"
    return (read_study(sources), folder) if is_study else (None, None)


def _points_of(study: Study) -> list[StartingPoint]:
    found = []
    sections = dict(study.sources)
    for name, section in sections.items():
        for network in section.networks or study.networks:
            found.append(StartingPoint(source=name, network=network, start=section.start))
    if RANDOM not in sections:
        found += [StartingPoint(source=RANDOM, network=n, start=RANDOM) for n in study.networks]
    return found


def _downloaded(
    missing: Sequence[Missing], options: Options, listener: Listener
) -> tuple[list[StartingPoint], list[Missing]]:
    fetched: list[StartingPoint] = []
    left: list[Missing] = []
    for one in missing:
        start = parse_start(one.point.start)
        if start.kind == "file":
            left.append(one)
            continue
        size = f", {one.point.megabytes:g} MB" if one.point.megabytes else ""
        listener.say(f"Downloading {one.point.name}{size}")
        try:
            resolve_weights(start, one.point.network, cache=options.cache, root=options.base)
            fetched.append(one.point)
        except WeightsError as error:
            listener.say(str(error))
            left.append(one)
    return fetched, left


def _copy(source: Path, final: Path) -> None:
    """Take over a finished run, whole or not at all; what is left of a damaged one goes."""
    shutil.rmtree(final, ignore_errors=True)
    with fresh_folder(final) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True)
