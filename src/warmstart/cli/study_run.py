"""``warmstart study run``."""

from warmstart.cli.options import (
    Changes,
    DataRoot,
    Device,
    Devices,
    Jobs,
    Out,
    RetryFailed,
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
    devices: Devices = 1,
    skip_unreadable: SkipUnreadable = False,
    retry_failed: RetryFailed = False,
) -> None:
    """Do every run that is neither done nor failed, then write tables and report."""
    from warmstart.cli.running import run_and_show
    from warmstart.studies.study_file import read_study

    run_and_show(
        read_study(study_file, tuple(changes or ())),
        base=data_root or study_file.parent,
        out=results_folder(study_file, out),
        jobs=jobs,
        device=device,
        devices=devices,
        skip_unreadable=skip_unreadable,
        retry_failed=retry_failed,
        study_folder=study_file.parent,
    )
