"""Run a study: everything that is not done yet, then its tables and its report."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from warmstart.core.store import locked, storing, write_file
from warmstart.errors import ConfigError
from warmstart.execution import Job, executor_for
from warmstart.execution.job import Told
from warmstart.models.starts import parse_start
from warmstart.studies.commit import commit_of
from warmstart.studies.config import Study
from warmstart.studies.devices import check_devices, check_shared_runs, choose_device
from warmstart.studies.failures import runs_to_do, unfinished
from warmstart.studies.inputs import Inputs
from warmstart.studies.jobs import Place, RunJob, perform
from warmstart.studies.listener import Listener, Silent
from warmstart.studies.options import Options
from warmstart.studies.plan import PlannedRun
from warmstart.studies.ready import make_ready
from warmstart.studies.run_names import run_names
from warmstart.studies.samples import write_dataset_table
from warmstart.studies.study_file import shared_toml
from warmstart.studies.trainings import Trainings, run_record
from warmstart.studies.write import Written, write_run_table, write_tables


def run_study(study: Study, options: Options, listener: Listener | None = None) -> Written:
    """Do every run that is not done and has not failed, and write tables and report.

    Killed at any moment and called again, it ends with the same results; several processes may
    call it on one folder.

    Raises:
        WarmstartError: If the study cannot be run; nothing finished is lost.
    """
    listener = listener or Silent()
    inputs, runs = make_ready(study, options, listener, check=partial(_check, study, options))
    with storing(options.out):
        options.out.mkdir(parents=True, exist_ok=True)
    place = Place(folder=options.out)
    once = _once(runs)
    todo = runs_to_do(once, place, retry_failed=options.retry_failed)
    write_file(options.out / "study.toml", shared_toml(study))
    with locked(place.lock("datasets")):
        write_dataset_table(study, inputs, options.out)
    if todo:
        write_run_table(study, runs, place)
        done = sum(place.outcome(run.key) is not None for run in once)
        trainings = _trainings(study, options, inputs)
        train_runs(trainings, todo, options, listener, done=done)
    return write_tables(study, runs, place)


def _check(study: Study, options: Options, inputs: Inputs, runs: Sequence[PlannedRun]) -> None:
    """Refuse runs that cannot be done, or not in this way, where there are any to do."""
    todo = unfinished(_once(runs), Place(folder=options.out), failed=options.retry_failed)
    if todo:
        check_networks(study, todo)
        trainings = _trainings(study, options, inputs)
        check_devices(options.devices, trainings.device, jobs=options.jobs)
        check_shared_runs(trainings, todo)


def _trainings(study: Study, options: Options, inputs: Inputs) -> Trainings:
    device = choose_device(options.device)
    return Trainings(study, inputs, cache=options.cache, device=device, devices=options.devices)


def _once(runs: Sequence[PlannedRun]) -> list[PlannedRun]:
    """One run per key: runs that ask the same question are one."""
    return list({run.key: run for run in reversed(runs)}.values())[::-1]


def train_runs(
    trainings: Trainings,
    todo: Sequence[PlannedRun],
    options: Options,
    listener: Listener,
    *,
    done: int,
) -> None:
    """Do runs; those that fail leave their reason in the study folder.

    Args:
        trainings: Makes their trainings.
        todo: What to do. A pretraining that one needs is among them, or done.
        options: How a study is run.
        listener: Told how they go on.
        done: How many others are done.
    """
    from warmstart.models.architectures import opening_lines  # loads PyTorch

    place = Place(folder=options.out)
    commit = commit_of(options.study_folder) if options.study_folder else None
    names = run_names(todo)
    work = {}
    jobs = []
    for run in todo:
        training = trainings.of(run)
        about = {"seed": run.seed, "dataset": run.question["dataset"], "git": commit}
        job = RunJob(
            training=training,
            place=place,
            needs=run.needs,
            record=run_record(run),
            opening=opening_lines(run.network, len(training.classes)),
            about=about,
        )
        jobs.append(Job(run.key, job, needs=(run.needs,) if run.needs else ()))
        work[run.key] = (names[run.key], run.recipe.epochs, len(training.parts["train"]))

    def hear(key: str, told: Told) -> None:
        if isinstance(told, str):
            listener.say(f"{names[key]}: {told}")
        else:
            listener.epoch(key, *told)

    listener.start(work, done)
    for outcome in executor_for(options.jobs).run(perform, jobs, report=hear):
        reason = outcome.error and _readable(outcome.error, work, options)
        if reason:
            write_file(place.failure(outcome.key), f"{reason}\n")
        listener.end(outcome.key, reason)


def _readable(text: str, work: dict[str, tuple[str, int, int]], options: Options) -> str:
    """A reason as it may be shown: runs by their title, and no folder that names a user."""
    for key, (title, _, _) in work.items():
        text = text.replace(key, title)
    places = {options.out, options.base, options.cache, Path.home()}
    names = {str(p) for place in places for p in (place.absolute(), place.resolve())}
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "...") if len(name) > 1 else text
    return text


def check_networks(study: Study, runs: Sequence[PlannedRun]) -> None:
    """Refuse what no network can do before anything runs.

    Raises:
        UnknownNameError: If no family knows a network, or a network has no such stage.
        ConfigError: If a network cannot take the image size of a recipe, or has fewer stages than
            a recipe counts.
    """
    from warmstart.models.architectures import family_of  # loads PyTorch
    from warmstart.models.image_sizes import check_image_size
    from warmstart.models.stages import check_stage, stages
    from warmstart.training.freezing import stages_spoken_of

    for network in study.networks:
        family_of(network)
    for network, size in dict.fromkeys((run.network, run.recipe.image_size) for run in runs):
        check_image_size(network, size)
    for network, start in dict.fromkeys((run.network, run.start) for run in runs):
        transform = parse_start(start).transform
        if transform is not None and transform.upto:
            check_stage(network, transform.upto)
    whole = (run for run in runs if not run.head_only)
    for network, recipe in dict.fromkeys((run.network, run.recipe) for run in whole):
        try:
            stages_spoken_of(recipe, partial(stages, network))
        except ConfigError as error:
            raise ConfigError(f"{network}: {error}") from None
