"""The folder of an answer: whole, true to its runs, and nothing left of an earlier one."""

import json
import re
import shutil
import subprocess
import sys
import tomllib

import numpy as np
import pandas as pd
import pytest
import tomli_w
from PIL import Image
from safetensors.numpy import save_file
from sklearn.metrics import brier_score_loss, roc_auc_score

from opened_elsewhere import WITHOUT_WARMSTART, comparison
from page_elements import Elements
from small_study import write_images
from warmstart.models.architectures import build_network
from warmstart.recommendation import answer_folder, prediction
from warmstart.recommendation.recommend import recommend
from warmstart.recommendation.rule import Rule
from warmstart.studies import estimate

EFFICIENT = {"source": "random", "network": "test_efficientnet", "start": "random"}
CBR = {"source": "plain", "network": "cbr_tiny", "start": "random"}
ALWAYS = {"answer.json", "answer.txt", "methods.txt", "report.html"}
WITH_MODEL = ALWAYS | {
    *("model.safetensors", "preprocess.json", "README.md", "predictions.csv", "performance.csv"),
    *("figures/roc.csv", "figures/roc.svg", "figures/calibration.csv", "figures/calibration.svg"),
}
STUDY = {"study.toml", "measures.csv", "measures.parquet"}
STORED = """pd.read_csv("predictions.csv").query("fold == 0")"""


@pytest.fixture(autouse=True, scope="module")
def _quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(estimate, "CALIBRATION_SECONDS", 0.05)
        yield


def ask(folder, *rows, images="lesions", out="out", **changes):
    path = folder / f"{'-'.join(row['network'] for row in rows)}.toml"
    path.write_text(tomli_w.dumps({"starting_points": list(rows)}))
    options = {"sources": path, "epochs": 3, "image_size": 16, "out": folder / out}
    return recommend(folder / images, **(options | changes))


def delivered(folder):
    """Files of the answer; the rest of the folder is that of the trial study."""
    files = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix() for path in files}
    return {name for name in names - STUDY - {".answer-files.json"} if not name.startswith("runs/")}


def runs_of(folder, network, epochs):
    """Folder and test predictions of the finished runs of a network, by fold."""
    found = {}
    for path in sorted((folder / "runs").glob("*/run.toml")):
        told = tomllib.loads(path.read_text())["question"]
        if told["network"] == network and told["recipe"]["epochs"] == epochs:
            table = pd.read_parquet(path.parent / "predictions.parquet").query("part == 'test'")
            found[told["fold"]] = (path.parent, table)
    return dict(sorted(found.items()))


def text_of(page):
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One timm network, trained whole on every fold."""
    folder = tmp_path_factory.mktemp("trained")
    write_images(folder / "lesions", ("benign", "malignant"), seed=2, group="Jane-Doe")
    found = ask(folder, EFFICIENT, budget=600, epochs=1)
    return folder, found


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Two networks, compared until one is chosen, which is then trained whole."""
    folder = tmp_path_factory.mktemp("compared")
    write_images(folder / "lesions", ("benign", "in situ", "malignant"), seed=2)
    found = ask(folder, EFFICIENT, CBR, budget=600)
    return folder, found


def test_without_training_there_is_an_answer_and_no_model(images):
    found = ask(images, CBR, EFFICIENT)
    assert delivered(images / "out") == ALWAYS
    told = (images / "out" / "methods.txt").read_text()
    assert "Nothing was trained on the images: the choice is a prediction." in told
    assert "split into" not in told
    page = (images / "out" / "report.html").read_text()
    assert "no whole training of the start is done" in page
    assert (images / "out" / "answer.txt").read_text() == f"{found}\n"


def test_what_was_not_measured_and_not_tried_is_not_said_to_be(images, monkeypatch):
    rule = Rule(
        experience={}, trust=0.7, weights={"knn": 0.2, "leep": 0.9, "kid": 0.4}, shrinkage=1
    )
    monkeypatch.setattr(prediction, "learn", lambda places, **options: rule)
    ask(images, CBR, EFFICIENT)
    measured = set(pd.read_csv(images / "out" / "measures.csv")["measure"])
    assert measured & set(rule.weights) == {"knn"}
    told = (images / "out" / "methods.txt").read_text()
    assert (
        "What they gain was predicted from measures of them on the images (knn), with weights "
        "fitted to other targets; none of them was tried there. "
    ) in told
    page = (images / "out" / "report.html").read_text()
    table = page[page.index("What the prediction rests on") :].split("</table>")[0]
    assert "knn" in table
    assert "leep" not in table
    assert "kid" not in table


def test_of_one_starting_point_nothing_is_said_to_be_predicted(images):
    ask(images, CBR)
    told = (images / "out" / "methods.txt").read_text()
    assert "predict" not in told
    assert "plain with cbr_tiny. Nothing was trained on the images. cbr_tiny from " in told


def test_methods_say_how_long_trainings_were(tmp_path):
    write_images(tmp_path / "lesions", ("benign", "malignant"), seed=2)
    network = build_network("cbr_tiny", 2, seed=1)
    save_file(
        {k: v.numpy() for k, v in network.state_dict().items()}, tmp_path / "ours.safetensors"
    )
    ours = {"source": "ours", "network": "cbr_tiny", "start": "file:ours.safetensors"}
    ask(tmp_path, CBR, ours, budget=600, epochs=6)
    runs = (tmp_path / "out" / "runs").glob("*/run.toml")
    told = [tomllib.loads(path.read_text()) for path in runs]
    epochs = [(one["source"], one["question"]["recipe"]["epochs"]) for one in told]
    assert set(epochs) == {("ours", 2), ("ours", 6), ("plain", 6), ("plain", 18)}
    short = sum(one in (("ours", 2), ("plain", 6)) for one in epochs)
    assert (
        f"They were verified by {short} short trainings (2 of 6 or 6 of 18 epochs) and "
        f"{len(epochs) - short} whole trainings (6 or 18 epochs), fold after fold"
    ) in (tmp_path / "out" / "methods.txt").read_text()


def test_the_folder_of_a_trained_answer_is_whole(trained):
    folder, found = trained
    assert delivered(folder / "out") == WITH_MODEL == answer_folder.ALL - STUDY
    told = json.loads((folder / "out" / "answer.json").read_text())
    assert told == json.loads(json.dumps(found.to_dict()))


def test_the_model_is_that_of_the_first_fold_and_its_card_says_what_it_has_seen(trained):
    out = trained[0] / "out"
    first, _ = runs_of(out, "test_efficientnet", 3)[0]
    for name in ("model.safetensors", "preprocess.json"):
        assert (out / name).read_bytes() == (first / name).read_bytes()
    card = (out / "README.md").read_text()
    assert card.startswith("# random -> lesions, test_efficientnet\n\nThe weights are")
    assert (
        "The weights are those of one training of 3: it was trained on 16 of 24 images. The other "
        "8, those of fold 0 in predictions.csv, it has not seen; its numbers are of these.\n"
    ) in card
    assert "| trained on | lesions, 16 images |\n" in card
    assert "predictions.parquet" not in card


def test_four_lines_of_plain_timm_load_the_model_that_made_the_predictions(trained):
    folder, _ = trained
    card = (folder / "out" / "README.md").read_text()
    code = re.search(r"```python\n(.*?)```", card, re.DOTALL).group(1)
    assert len([line for line in code.splitlines() if line]) == 4
    program = WITHOUT_WARMSTART + code + comparison(STORED, "probability_{name}")
    done = subprocess.run(
        [sys.executable, "-c", program, folder / "lesions"],
        cwd=folder / "out",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_methods_state_the_rule_of_choice(compared):
    assert (
        "The start is the cheapest, in operations per image, of those trained whole and at most "
        "0.5 AUC points below the best; differences are those of trainings and of the prediction, "
        "weighted by the inverse of their variances. "
    ) in (compared[0] / "out" / "methods.txt").read_text()


def test_predictions_hold_every_image_once_as_its_run_saw_it(compared):
    folder, found = compared
    table = pd.read_csv(folder / "out" / "predictions.csv")
    names = ["benign", "in situ", "malignant"]
    scores = [f"probability_{name}" for name in names]
    assert table.columns.tolist() == ["fold", "path", "group", "label", *scores]
    assert sorted(table["path"]) == sorted(
        f"{name}/{i:03d}.png" for name in names for i in range(12)
    )
    assert (table["label"] == table["path"].str.split("/").str[0]).all()
    assert (table.groupby("group")["fold"].nunique() == 1).all()
    epochs = max(
        tomllib.loads(p.read_text())["question"]["recipe"]["epochs"]
        for p in (folder / "out" / "runs").glob("*/run.toml")
        if found.start.point.network in p.read_text()
    )
    for fold, (_, stored) in runs_of(folder / "out", found.start.point.network, epochs).items():
        own = table[table["fold"] == fold]
        assert own["path"].tolist() == stored["path"].tolist()
        assert own["group"].tolist() == stored["group"].tolist()
        np.testing.assert_allclose(own[scores], stored[[f"score_{k}" for k in range(3)]])


def test_performance_is_what_the_predictions_come_to(compared):
    out = compared[0] / "out"
    table = pd.read_csv(out / "predictions.csv")
    told = pd.read_csv(out / "performance.csv").set_index("class")
    assert told.index.tolist() == ["mean", "benign", "in situ", "malignant"]
    for name in told.index[1:]:
        own = table[f"probability_{name}"]
        aucs = [
            roc_auc_score(rows["label"] == name, own[rows.index])
            for _, rows in table.groupby("fold")
        ]
        assert told.loc[name, "auc"] == pytest.approx(np.mean(aucs))
        expected = brier_score_loss(table["label"] == name, own)
        assert told.loc[name, "brier"] == pytest.approx(expected)
    assert compared[1].start.auc == pytest.approx(told.loc["mean", "auc"])


def test_an_uncorrected_number_never_stands_without_the_corrected_one(compared):
    folder, found = compared
    corrected = f"{found.chosen.corrected:.3f}"
    sentence = f"corrected for having chosen among {len(found.ranked)}"
    for name in ("README.md", "methods.txt", "answer.txt", "report.html"):
        told = (folder / "out" / name).read_text()
        assert corrected in told, name
        assert sentence in told, name


def test_methods_say_what_was_done(trained):
    folder, _ = trained
    from importlib.metadata import version

    told = (folder / "out" / "methods.txt").read_text()
    for part in (
        "Starting points for fine-tuning on lesions (24 images of 12 groups; 2 classes: benign 12, "
        f"malignant 12) were compared with Warmstart {version('warmstart')}, PyTorch "
        f"{version('torch')} and timm {version('timm')}. ",
        "1 starting point was considered, each a network and its initial weights: random with "
        "test_efficientnet. ",
        "test_efficientnet from random initialisation was chosen. ",
        "Images were resized to 16 x 16 pixels. All weights were fine-tuned with Adam (learning "
        "rate 0.0003, cosine schedule, batches of 32, no weight decay, dropout 0.2), light "
        "augmentation (rotations up to 10 degrees, shifts up to a tenth, flips) and a loss "
        "weighted to balance classes; no hyperparameter was tuned, and no training was stopped "
        "early (seed 0). ",
        "Images were split into 3 stratified folds; images of one group stay in one fold; each "
        "fold is the test part of trainings on the others. ",
        "Out-of-fold predictions of the chosen start are of 3 folds; intervals of what they come "
        "to per class are 95 % bootstrap intervals (1,000 resamples) over groups of test images, "
        "trained networks and folds kept as they are.\n",
    ):
        assert part in told, part
    assert "The AUC to expect is 0." in told


def test_a_later_answer_takes_the_model_of_an_earlier_one_away(trained):
    folder, _ = trained
    shutil.copytree(folder / "out", folder / "later")
    (folder / "later" / "mine.txt").write_text("stays")
    ask(folder, CBR, out="later")
    assert delivered(folder / "later") == ALWAYS | {"mine.txt"}
    assert not (folder / "later" / "figures").exists()


def test_a_list_of_files_cannot_name_what_lies_outside(trained):
    folder, _ = trained
    shutil.copytree(folder / "out", folder / "listed")
    (folder / "precious.txt").write_text("stays")
    file = folder / "listed" / ".answer-files.json"
    told = json.loads(file.read_text())
    told["files"] += ["../precious.txt", str(folder / "precious.txt"), "gone.txt", 3]
    file.write_text(json.dumps(told))
    ask(folder, CBR, out="listed")
    assert (folder / "precious.txt").exists()


def test_as_many_folds_as_the_budget_allowed(trained):
    folder, _ = trained
    shutil.copytree(folder / "out", folder / "partly")
    for fold, (run, _) in runs_of(folder / "partly", "test_efficientnet", 3).items():
        if fold:
            shutil.rmtree(run)
    ask(folder, EFFICIENT, out="partly", epochs=1)
    assert delivered(folder / "partly") == WITH_MODEL
    assert set(pd.read_csv(folder / "partly" / "predictions.csv")["fold"]) == {0}
    card = (folder / "partly" / "README.md").read_text()
    assert "The weights are those of one training: it was trained on 16 of 24 images." in card
    told = (folder / "partly" / "methods.txt").read_text()
    assert "are of 1 fold of 3, as far as the budget went; " in told


def test_the_page_shows_every_training_and_no_markup_of_others(tmp_path):
    hostile = "<img src=x onerror=alert(1)>&'"
    write_images(tmp_path / "lesions", ("benign", hostile), seed=2)
    ask(tmp_path, CBR, budget=600)
    page = (tmp_path / "out" / "report.html").read_text()
    rows = re.findall(r"<td>plain with cbr_tiny</td><td>(short|whole)</td>", page)
    assert len(rows) == len(list((tmp_path / "out" / "runs").glob("*/run.toml")))
    assert all(a.get("src") != "x" for _, a in Elements(page).found)
    assert "&lt;img src=x" in text_of(page)
    assert "<img src=x" not in (tmp_path / "out" / "README.md").read_text()


def test_several_labels_an_image(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "png").mkdir()
    rows = []
    for i in range(40):
        pixels = rng.normal(60 + 100 * (i % 2), 30, (16, 16, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "png" / f"{i:02d}.png")
        rows.append((f"{i:02d}.png", i % 2, "" if i == 5 else int(i % 4 < 2)))
    file = tmp_path / "labels.csv"
    pd.DataFrame(rows, columns=["path", "bright", "wide"]).to_csv(file, index=False)
    columns = {"path_column": "path", "label_columns": ["bright", "wide"]}
    ask(tmp_path, CBR, images="png", labels=file, columns=columns, budget=600)
    assert delivered(tmp_path / "out") == WITH_MODEL
    table = pd.read_csv(tmp_path / "out" / "predictions.csv").set_index("path")
    assert table.columns.tolist() == [
        *("fold", "group", "label_bright", "label_wide", "probability_bright", "probability_wide")
    ]
    assert table["label_wide"].isna().sum() == 1
    assert np.isnan(table.loc["05.png", "label_wide"])
    told = pd.read_csv(tmp_path / "out" / "performance.csv").set_index("class")
    assert told["images"].to_dict() == {"mean": 40, "bright": 40, "wide": 39}
    assert "mean AUC over labels" in (tmp_path / "out" / "methods.txt").read_text()


def test_nothing_names_a_patient_or_the_place_of_the_images(trained):
    folder, _ = trained
    for name in WITH_MODEL:
        told = (folder / "out" / name).read_bytes()
        assert b"Jane-Doe" not in told, name
        assert str(folder).encode() not in told, name
