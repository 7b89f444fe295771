"""``warmstart study plan``."""

import typer

from warmstart.cli.options import Changes, DataRoot, Out, StudyFile


def plan(
    study_file: StudyFile,
    changes: Changes = None,
    data_root: DataRoot = None,
    out: Out = None,
) -> None:
    """Say what would run: runs, images, estimated time. Trains nothing."""
    from warmstart.cli.options import results_folder
    from warmstart.cli.progress import listening
    from warmstart.core.places import cache_folder
    from warmstart.studies.overview import overview
    from warmstart.studies.study_file import read_study

    study = read_study(study_file, tuple(changes or ()))
    with listening() as listener:
        text = overview(
            study,
            base=data_root or study_file.parent,
            out=results_folder(study_file, out),
            cache=cache_folder(),
            listener=listener,
        )
    typer.echo(text)
