"""Which start suits a user's images: look, score, predict, verify, answer."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from warmstart.core.places import cache_folder
from warmstart.core.store import write_file
from warmstart.recommendation.answer import Recommendation
from warmstart.recommendation.answer_folder import AnswerFolder
from warmstart.recommendation.answer_notes import answer_notes
from warmstart.recommendation.atlas import all_experience, atlas_places
from warmstart.recommendation.case import Case, judge
from warmstart.recommendation.damaged_runs import check_runs
from warmstart.recommendation.deliver import deliver
from warmstart.recommendation.offers import (
    check_any,
    find_offers,
    startable,
    without_own_images,
)
from warmstart.recommendation.request import (
    budget_of,
    check_most,
    options_of,
    path_of,
    path_or_none,
    whole,
)
from warmstart.recommendation.trial_study import FOLDS, Target, trial_study
from warmstart.recommendation.trials import Trials
from warmstart.recommendation.untried import predicted, wanted
from warmstart.studies.argument_words import argument_words
from warmstart.studies.devices import check_device, choose_device
from warmstart.studies.first_look import FirstLook, first_look
from warmstart.studies.listener import Listener, Silent
from warmstart.studies.options import Options
from warmstart.studies.ready import Ready, make_ready
from warmstart.studies.study_file import shared_toml

EPOCHS = 10
"""Of a whole training."""


def recommend(
    images: Path | str,
    *,
    labels: Path | str | None = None,
    columns: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = None,
    sources: Path | str | None = None,
    data_root: Path | str | None = None,
    atlas: Path | str | None = None,
    budget: float | str | None = None,
    epochs: int = EPOCHS,
    image_size: int | None = None,
    most: int = 2000,
    download: bool = False,
    skip_unreadable: bool = False,
    device: str = "auto",
    out: Path | str | None = None,
    cache: Path | str | None = None,
    seed: int = 0,
    listener: Listener | None = None,
) -> Recommendation:
    """Say which network and weights to start from for a user's images.

    Starting points are scored on the images and compared with what they gave on other targets.
    With a budget, short trainings then check the prediction, and whole ones those that are left.
    Interrupted and called again, it goes on where it stopped.

    Args:
        images: A folder of class folders, a CSV file, or a MedMNIST ``.npz``; with ``labels`` the
            folder its paths are relative to.
        labels: A CSV file with paths and labels.
        columns: Options of the csv reader, such as ``{"label_column": "dx"}``.
        settings: Other options of the reader, such as ``{"window": [0, 4095]}``.
        sources: A catalogue of starting points, or a study (its file, or the folder it wrote) whose
            sources they are; by default the catalogue that ships.
        data_root: What relative roots of that study are relative to, if not the study file.
        atlas: Folder of the user's own atlas, beside the experience that ships.
        budget: Time from the call until no training is begun any more: seconds, or a text such as
            ``"90s"``, ``"10m"`` or ``"2h"`` (without a unit it is minutes, as on the command line);
            ``None``: nothing is trained, the answer is a prediction.
        epochs: Of a whole training.
        image_size: Height and width, in pixels, that networks see; by default what suits the
            images, at most 112.
        most: How many images are scored, at most; one of each class at least.
        download: Whether weights may be downloaded; else those that are not here are left out.
        skip_unreadable: Leave out images that cannot be read.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        out: Folder of the answer; by default ``<name>-start`` in the working folder.
        cache: Where prepared images and weights are kept.
        seed: The same seed gives the same numbers.
        listener: Told how it goes on.

    Raises:
        ConfigError: If an argument is wrong, before anything is done, or the answer is to lie among
            the images, or where it would replace files that are not of an earlier one for them.
        WarmstartError: If the images, the catalogue or the atlas cannot be read.

    Example:
        >>> recommendation = recommend("my-images", budget="10m")  # doctest: +SKIP
        >>> print(recommendation)  # doctest: +SKIP
        Start from imagenet with tf_efficientnet_lite0: ...
    """
    images, labels = path_of("images", images), path_or_none("labels", labels)
    sources, data_root = path_or_none("sources", sources), path_or_none("data_root", data_root)
    atlas, out = path_or_none("atlas", atlas), path_or_none("out", out)
    cache = path_or_none("cache", cache)
    columns = options_of("columns", columns, "{'label_column': 'dx'}")
    settings = options_of("settings", settings, "{'window': [0, 4095]}")
    budget = budget_of(budget)
    check_device(device)
    epochs, most, seed = whole("epochs", epochs, 1), whole("most", most, 1), whole("seed", seed, 0)
    image_size = None if image_size is None else whole("image_size", image_size, 8)
    listener = listener or Silent()
    trials_end = time.monotonic() + (budget or 0.0)
    look = first_look(images, labels=labels, columns=columns, settings=settings, spare_test=True)
    check_most(most, look.dataset)
    name = look.dataset.name
    options = Options(
        base=data_root or (sources.parent if sources else Path()),
        out=out or Path(f"{name}-start"),
        cache=cache or cache_folder(),
        device=device,
        skip_unreadable=skip_unreadable,
    )
    folder = AnswerFolder(out=options.out, images=images, labels=labels, name=name)
    folder.check()
    with argument_words(name):
        device = choose_device(device)
    places = atlas_places(all_experience(atlas))
    offers = find_offers(sources, options, listener, download=download)
    check_any(offers, download=download)
    target = _target(look, image_size or look.image_size)
    study = trial_study(target, offers.points, epochs=epochs, seed=seed, known=offers.study)
    with argument_words(name):
        ready = _about(name, make_ready(study, options, listener, about={name}))
    offers, ready = without_own_images(offers, ready, name)
    offers, ready = startable(offers, ready, options)
    check_any(offers, download=download)
    check_runs(ready.runs, options.out, listener, again=budget is not None)
    folder.take()
    write_file(options.out / "study.toml", shared_toml(study))
    from warmstart.studies.measuring import measure_runs  # loads PyTorch

    measures = measure_runs(
        study, ready, options, listener, only=wanted(places, name), most=most, intervals=False
    )
    prediction = predicted(places, name, offers.points, measures, seed=seed)
    trials = Trials(
        study=study,
        ready=ready,
        options=options,
        listener=listener,
        deadline=trials_end,
        device=device,
    )
    case = Case.of(offers, prediction, trials)
    cut = case.verify() if budget else ""
    judged = judge(places, offers.points, name)
    found = case.answer(look, measures, judged, cut)
    found = replace(found, notes=(*found.notes, *answer_notes(found, places, ready.inputs)))
    deliver(found, case, judged)
    return found


def _target(look: FirstLook, image_size: int) -> Target:
    return Target(
        name=look.dataset.name,
        parts=look.parts.used if look.parts.spared else (),
        section=dict(look.section) | {"root": str(Path(str(look.section["root"])).absolute())},
        image_size=image_size,
        folds=min(look.folds, FOLDS),
    )


def _about(target: str, ready: Ready) -> Ready:
    """Without copies that are of no concern to the target: those within a source."""
    leaks = tuple(leak for leak in ready.inputs.leaks if leak.dataset == target)
    return Ready(replace(ready.inputs, leaks=leaks), ready.runs)
