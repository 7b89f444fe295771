import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from small_study import study_table, warmstart, write_images, write_study
from warmstart import measures
from warmstart.embed.probe import make_probe
from warmstart.errors import ConfigError, UnknownNameError
from warmstart.models.architectures import build_network
from warmstart.studies import scores
from warmstart.studies.listener import Silent
from warmstart.studies.measured_study import MeasuredStudy
from warmstart.studies.measuring import COLUMNS, best_lines, measure_runs, measure_study
from warmstart.studies.options import Options
from warmstart.studies.ready import make_ready
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import build_study

NETWORK = "test_efficientnet"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    write_images(folder / "shapes", ("round", "square", "star"), per_class=16, seed=1)
    write_images(folder / "lesions", ("benign", "malignant"))
    return folder


@pytest.fixture(scope="module")
def options(place):
    made = Options(base=place, out=place / "results", cache=place / "cache")
    run_study(study(), made)
    return made


@pytest.fixture
def eye(monkeypatch):
    """Compare datasets by a network of random weights: the smallest one has no published ones."""
    model = build_network(NETWORK, 2, seed=0)
    weights = {k: v for k, v in model.state_dict().items() if not k.startswith("classifier")}
    probe = make_probe(NETWORK, weights, mean=(0.5,) * 3, std=(0.5,) * 3)
    monkeypatch.setattr(MeasuredStudy, "eye", lambda work: probe)
    return probe


class Listening(Silent):
    def __init__(self):
        self.said = []

    def say(self, line):
        self.said.append(line)


def study(**changes):
    return build_study(study_table(**changes))


def value(table, source, measure):
    (row,) = table[(table["source"] == source) & (table["measure"] == measure)].itertuples()
    return row


def looked_at(place, name, model, mean=0.5, std=0.5):
    """Pooled features and labels of a folder's images, by plain PyTorch."""
    paths = sorted((place / name).glob("*/*.png"))
    pixels = np.stack([np.asarray(Image.open(path)) for path in paths]).astype(np.float32)
    shown = torch.from_numpy((pixels / 255 - mean) / std).float().permute(0, 3, 1, 2)
    with torch.no_grad():
        features = model.eval().forward_head(model.forward_features(shown), pre_logits=True)
    return features.numpy(), [path.parent.name for path in paths]


def trained(folder):
    model = build_network(NETWORK, 3, seed=0)
    model.load_state_dict(load_file(folder / "model.safetensors"))
    settings = json.loads((folder / "preprocess.json").read_text())
    return model, settings["mean"], settings["std"]


def pretraining(place):
    runs = pd.read_csv(place / "results/runs.csv")
    return place / "results/runs" / str(runs[runs["kind"] == "pretrain"]["key"].iloc[0])


def test_scores_are_those_of_the_network_that_fine_tuning_starts_from(place, options):
    table = measure_study(study(), options, Silent(), only=["logme", "knn", "leep"])
    model, mean, std = trained(pretraining(place))
    features, labels = looked_at(place, "lesions", model, mean, std)
    found = value(table, "shapes", "logme")
    assert found.value == pytest.approx(measures.logme(features, labels), rel=1e-3)
    with torch.no_grad():
        probabilities = model.classifier(torch.from_numpy(features)).softmax(1).numpy()
    expected = measures.leep(probabilities.astype(np.float64), labels)
    assert value(table, "shapes", "leep").value == pytest.approx(expected, rel=1e-3)
    assert found.low < found.value < found.high
    assert found.network == NETWORK
    assert found.higher_is_better
    assert np.isnan(found.floor)
    random = table[table["source"] == "random"]
    assert random["measure"].tolist() == ["logme", "knn"]  # a new linear layer has no classes


def test_distances_compare_the_images_of_source_and_target(place, options, eye):
    table = measure_study(study(), options, Silent(), only=["frechet", "size", "otdd"])
    ours, classes = looked_at(place, "shapes", eye.model)
    theirs, labels = looked_at(place, "lesions", eye.model)
    found = value(table, "shapes", "frechet")
    assert found.value == pytest.approx(measures.frechet(ours, theirs), rel=1e-3)
    assert found.floor >= 0
    assert not found.higher_is_better
    expected = measures.otdd(ours, classes, theirs, labels)
    assert value(table, "shapes", "otdd").value == pytest.approx(expected, rel=1e-3, abs=1e-9)
    size = value(table, "shapes", "size_difference")
    assert size.value == pytest.approx(1.0)  # 48 and 24
    assert size.distinguishable  # halves of one dataset are of one size
    assert set(table["source"]) == {"shapes"}  # random has no images


def test_the_table_is_written_and_found_again(place, options, monkeypatch):
    table = measure_study(study(), options, Silent(), only=["logme"])
    pd.testing.assert_frame_equal(pd.read_parquet(place / "results/measures.parquet"), table)
    written = pd.read_csv(place / "results/measures.csv")
    assert written["value"].tolist() == pytest.approx(table["value"].tolist())

    def computed(*arguments, **options):
        raise AssertionError("measured twice")

    monkeypatch.setattr(scores, "panel", computed)
    again = measure_study(study(), options, Silent(), only=["logme"])
    pd.testing.assert_frame_equal(again, table)


def test_without_intervals_the_values_are_the_same(place, options, eye):
    ready = make_ready(study(), options, Silent())
    names = ["logme", "frechet"]
    once, sure = (
        measure_runs(study(), ready, options, Silent(), only=names, intervals=intervals)
        for intervals in (False, True)
    )
    assert once["value"].tolist() == sure["value"].tolist()
    assert len(once) == 3
    assert once[["low", "high", "floor"]].isna().all(axis=None)
    assert once["distinguishable"].all()
    assert sure[["low", "high"]].notna().all(axis=None)


def test_a_source_that_is_not_pretrained_is_left_out(place, options, tmp_path):
    listener = Listening()
    empty = Options(base=options.base, out=tmp_path / "none", cache=options.cache)
    table = measure_study(study(), empty, listener, only=["logme"])
    assert set(table["source"]) == {"random"}
    assert (
        "shapes is not pretrained with test_efficientnet: scores are left out; `warmstart study "
        "run` pretrains it."
    ) in listener.said


def test_without_published_weights_distances_are_left_out(options):
    listener = Listening()
    assert measure_study(study(), options, listener, only=["frechet"]).empty
    assert "no published weights of test_efficientnet: distances are left out." in listener.said


def test_names_must_be_those_of_measures_of_a_pair(options):
    with pytest.raises(UnknownNameError, match=r"Did you mean 'logme'\?"):
        measure_study(study(), options, Silent(), only=["logmee"])
    with pytest.raises(
        ConfigError, match=r"^cca needs activations, which source and target do not"
    ):
        measure_study(study(), options, Silent(), only=["cca"])


def test_no_more_images_than_asked_are_looked_at(place, options, eye):
    few = measure_study(study(), options, Silent(), only=["size"], most=16)
    assert value(few, "shapes", "size_difference").value == pytest.approx(0.0)


def test_the_best_source_by_each_measure_is_named():
    rows = [
        ("a", "t", "n", "logme", 1.0, 0.5, 1.5, np.nan, True, True),
        ("b", "t", "n", "logme", 2.0, 1.5, 2.5, np.nan, True, True),
        ("a", "t", "n", "otdd", 3.0, np.nan, np.nan, 0.1, True, False),
        ("b", "t", "n", "otdd", 4.0, 3.5, 4.5, 0.1, True, False),
        ("a", "t", "n", "mmd", 0.1, 0.0, 0.2, 0.1, False, False),
    ]
    assert list(best_lines(pd.DataFrame(rows, columns=COLUMNS))) == [
        "t:",
        "  logme                   b: 2 (1.5 to 2.5)",
        "  otdd                    a: 3",
        "  mmd                     a: 0.1 (0 to 0.2), not distinguishable from the dataset's "
        "distance to itself",
    ]
    rows[1] = ("b", "t", "m", *rows[1][3:])
    assert list(best_lines(pd.DataFrame(rows, columns=COLUMNS)))[1:3] == [
        "  logme                   b with m: 2 (1.5 to 2.5)",
        "  otdd                    a with n: 3",
    ]


def test_the_command_measures_a_study(place, options):
    write_study(place)
    output, messages = warmstart(
        *("measures", "run", place / "study.toml", "--only", "logme, knn"),
        *("--out", place / "results", "--images", "1000"),
    )
    lines = output.splitlines()
    assert lines[0] == "lesions:"
    assert [line.split()[0] for line in lines[1:3]] == ["logme", "knn"]
    assert lines[3:] == [
        f"Measures: {place / 'results/measures.csv'} (4 rows)",
        "`warmstart study report` shows them beside the results, `warmstart evidence` judges them.",
    ]
    assert "measuring pairs" in messages
