"""What a run's card says opens its weights, in a process that knows nothing else."""

import re
import subprocess
import sys

import pandas as pd
import pytest

from opened_elsewhere import WITHOUT_WARMSTART, comparison
from small_study import write_images, write_study
from warmstart.metrics import roc_auc
from warmstart.studies.options import Options
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import read_study

NETWORKS = {
    "test_efficientnet": "import timm\n",
    "resnet50_slim": "import timm\n",
    "cbr_tiny": "from warmstart.models.",
}
"""How the code on the card of each begins."""
STORED = """pd.read_parquet("predictions.parquet").query("part == 'test'")"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The run folder of each network, and the folder of its images."""
    folder = tmp_path_factory.mktemp("study")
    write_images(folder / "lesions", ("benign", "malignant"), seed=2)
    file = write_study(
        folder,
        networks=list(NETWORKS),
        datasets={"lesions": {"reader": "folder", "root": "lesions"}},
        sources={"random": {"finetune": {"epochs": 1}}},
    )
    options = Options(base=folder, out=folder / "out", cache=folder / "cache", device="cpu")
    written = run_study(read_study(file), options)
    keys = written.runs.query("fold == 0").set_index("network")["key"]
    return {name: folder / "out" / "runs" / key for name, key in keys.items()}, folder / "lesions"


def code_on_card(run):
    return re.search(r"```python\n(.*?)```", (run / "README.md").read_text(), re.S).group(1)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_four_lines_of_a_card_open_the_model_that_made_the_predictions(finished, network):
    runs, images = finished
    code = code_on_card(runs[network])
    assert len([line for line in code.splitlines() if line]) == 4
    assert code.startswith(NETWORKS[network])
    guard = "" if "warmstart" in NETWORKS[network] else WITHOUT_WARMSTART
    done = subprocess.run(
        [sys.executable, "-c", guard + code + comparison(STORED, "score_{number}"), images],
        cwd=runs[network],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_card_says_data_recipe_and_numbers(finished):
    runs, _ = finished
    run = runs["cbr_tiny"]
    card = (run / "README.md").read_text()
    assert "| trained on | lesions, 12 images |\n" in card
    assert "| recipe | epochs 1, batch_size 8," in card
    stored = pd.read_parquet(run / "predictions.parquet").query("part == 'test'")
    value = roc_auc(stored["label"], stored["score_1"])
    assert f"| test, 12 images | auc_weighted_ovr {value:.3f}, " in card
