"""The commands as a user meets them."""

import os
import subprocess
import sys

import pytest

from small_study import command, warmstart, write_images, write_study
from warmstart.cli import main as commands
from warmstart.studies.study_file import read_study


def test_help_answers_without_pytorch():
    code = (
        "import sys\n"
        "from warmstart.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'timm', 'pandas', 'sklearn', 'altair'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("demo", "doctor", "study"):
        assert name in done.stdout


def test_doctor_says_what_it_found():
    output, _ = warmstart("doctor")
    names = [line.split()[0] for line in output.splitlines()]
    assert names == [
        *("warmstart", "python", "torch", "timm", "torchvision", "device", "memory"),
        *("ImageNet", "cache", "results"),
    ]


def test_a_new_study_of_a_folder_is_complete_and_plans(images):
    text, _ = warmstart("study", "new", "lesions", cwd=images)
    (images / "mine.toml").write_text(text)
    study = read_study(images / "mine.toml")
    assert study.targets["lesions"].dataset == "lesions"
    assert "# 24 images, 2 classes: benign 12, malignant 12." in text
    assert "# Note: groups from groups.csv: 12 groups." in text
    assert study.protocol.folds == 5
    plan, _ = warmstart("study", "plan", "mine.toml", cwd=images)
    assert "10 runs: 0 pretrainings, 10 fine-tunings; 0 done already" in plan


def test_a_new_study_of_a_table_knows_its_columns(images):
    rows = [f"benign/{i:03d}.png,nv,p{i // 2}" for i in range(12)]
    rows += [f"malignant/{i:03d}.png,mel,q{i // 4}" for i in range(12)]
    (images / "labels.csv").write_text("file,dx,lesion\n" + "\n".join(rows) + "\n")
    columns = ("--path-column", "file", "--label-column", "dx", "--group-column", "lesion")
    text, _ = warmstart("study", "new", "lesions", "--labels", "labels.csv", *columns, cwd=images)
    (images / "mine.toml").write_text(text)
    section = read_study(images / "mine.toml").datasets["lesions"]
    assert section.reader == "csv"
    assert section.options["label_column"] == "dx"
    assert "the smallest class has only 3 groups" in text
    plan, _ = warmstart("study", "plan", "mine.toml", cwd=images)
    assert "lesions: 24 images, 2 classes" in plan


def test_a_plan_trains_nothing_and_writes_no_results(images):
    file = write_study(images)
    plan, _ = warmstart("study", "plan", file)
    assert "5 runs: 1 pretrainings, 4 fine-tunings; 0 done already" in plan
    assert not (images / "study-results").exists()


def test_results_go_beside_the_study_file(images):
    file = write_study(images)
    output, messages = warmstart("study", "run", file, "--set", "finetune.epochs=1")
    assert (images / "study-results" / "results.csv").is_file()
    assert output.splitlines()[-1] == f"Report: {images / 'study-results' / 'report.html'}"
    assert "[5/5]" in messages
    status, _ = warmstart("study", "status", images / "study-results")
    assert status == "5 done, 0 running, 0 failed, 0 to do\n"


def test_the_data_may_lie_elsewhere(images, tmp_path):
    folder = tmp_path / "studies"
    folder.mkdir()
    plan, _ = warmstart("study", "plan", write_study(folder), "--data-root", images)
    assert "lesions: 24 images" in plan


def test_a_plan_refuses_parts_that_a_run_refuses(images):
    file = write_study(images, protocol={"split": "official", "threads": 1})
    refusal = (
        "warmstart: lesions has no official parts; choose another protocol.split, or give the "
        "dataset a column of train, validation and test."
    )
    for asked in ("plan", "run"):
        _, messages = warmstart("study", asked, file, code=2)
        assert messages.splitlines()[-1] == refusal


def test_a_plan_refuses_groups_that_cross_official_parts(images):
    rows = [
        f"lesions/{name}/{i:03d}.png,{name},p{i // 2},{'train' if i < 7 else 'test'}"
        for name in ("benign", "malignant")
        for i in range(12)
    ]
    (images / "labels.csv").write_text("path,label,group,split\n" + "\n".join(rows) + "\n")
    file = write_study(
        images,
        datasets={"lesions": {"reader": "csv", "root": "labels.csv"}},
        sources={"random": {"start": "random"}},
        protocol={"split": "official", "threads": 1},
    )
    _, plan = warmstart("study", "plan", file, code=2)
    _, run = warmstart("study", "run", file, code=2)
    assert plan.splitlines()[-1] == run.splitlines()[-1]
    assert plan.splitlines()[-1].startswith("warmstart: lesions: 1 group")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("asked", ["--help", "download", "describe", "new"])
def test_an_output_that_takes_no_more_gets_one_line(tmp_path, asked, buffered):
    arguments = {
        "--help": ["--help"],
        "download": ["datasets", "download", "--list"],
        "describe": ["datasets", "describe", "folder", "x", "--out", "y"],
        "new": ["study", "new", "x"],
    }
    write_images(tmp_path / "x", ("a", "b"))
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command(*arguments[asked]),
            cwd=tmp_path,
            env=os.environ | {"PYTHONUNBUFFERED": "" if buffered else "1"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[-1] == "warmstart: Cannot write the output: No space left on device."
    assert lines[:-1] in ([], ["reading x: 24 done"])


def test_an_error_that_is_not_of_the_output_stays_what_it_is(monkeypatch):
    def broken():
        raise PermissionError("something else")

    monkeypatch.setattr(commands, "app", broken)
    with pytest.raises(PermissionError, match="something else"):
        commands.main()


GOES_ON = "\nStopped. The same command goes on where it stopped.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("study run s.toml", GOES_ON),
        ("demo", GOES_ON),
        ("datasets download dtd", GOES_ON),
        ("study plan s.toml", "\nStopped.\n"),
        ("datasets describe folder x", "\nStopped.\n"),
        ("datasets check folder x", "\nStopped.\n"),
        ("datasets table s.toml", "\nStopped.\n"),
    ],
)
def test_what_was_interrupted_goes_on_only_where_that_is_said(monkeypatch, capsys, arguments, said):
    def interrupted():
        sys.exit(130)

    monkeypatch.setattr(commands, "app", interrupted)
    monkeypatch.setattr(sys, "argv", ["warmstart", *arguments.split()])
    with pytest.raises(SystemExit) as end:
        commands.main()
    assert end.value.code == 130
    assert capsys.readouterr().err == said
