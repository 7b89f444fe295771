"""The commands as a user meets them."""

import subprocess
import sys

from small_study import warmstart, write_study
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
    for command in ("demo", "doctor", "study"):
        assert command in done.stdout


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
