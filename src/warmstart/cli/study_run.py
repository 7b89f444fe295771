"""``warmstart study run``."""

from warmstart.cli.options import (
    Changes,
    DataRoot,
    Device,
    Jobs,
    Out,
    SkipUnreadable,
    StudyFile,
    results_folder,
)


def run(
    study_file: StudyFile,
    changes: Changes = None,
    data_root: DataRoot = None,
    out: Out = None,
    jobs: Jobs = 1,
    device: Device = "auto",
    skip_unreadable: SkipUnreadable = False,
) -> None:
    """Do every run that is not done yet, then write tables and report."""
    from warmstart.cli.running import run_and_show
    from warmstart.studies.study_file import read_study

    run_and_show(
        read_study(study_file, tuple(changes or ())),
        base=data_root or study_file.parent,
        out=results_folder(study_file, out),
        jobs=jobs,
        device=device,
        skip_unreadable=skip_unreadable,
    )
