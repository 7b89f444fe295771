"""Sizes of sources and networks, which rank them at no cost."""

import math

import pandas as pd
import tomli_w

from small_study import study_table
from warmstart.studies.candidate_sizes import with_sizes
from warmstart.studies.evidence import make_evidence
from warmstart.studies.study_file import read_study

SOURCES = {
    "shapes": {"start": "dataset:shapes"},
    "scale": {"start": "mean-var:dataset:shapes"},
    "imagenet": {"start": "timm"},
    "large": {"start": "timm:augreg_in21k"},
    "ours": {"start": "file:weights.safetensors"},
}
NETWORKS = ["resnet18", "vit_tiny_patch16_224"]


def small(tmp_path, networks):
    table = study_table(sources=SOURCES) | {"networks": networks}
    (tmp_path / "study.toml").write_text(tomli_w.dumps(table))
    (tmp_path / "datasets.csv").write_text("dataset,images\nlesions,24\nshapes,36\n")
    rows = [
        (network, source, fold, 0.6 + 0.05 * place + 0.01 * fold)
        for network in networks
        for place, source in enumerate([*SOURCES, "random"])
        for fold in (0, 1)
    ]
    frame = pd.DataFrame(rows, columns=["network", "source", "fold", "value"])
    return frame.assign(target="lesions", metric="auc_weighted_ovr")


def test_images_are_those_that_weights_were_trained_on(tmp_path):
    frame = small(tmp_path, NETWORKS)
    sized = with_sizes(frame, read_study(tmp_path / "study.toml"), tmp_path)
    images = sized.groupby(["network", "source"])["source_images"].first()
    assert images["resnet18"][["shapes", "scale", "random"]].tolist() == [36, 36, 0]
    assert images["resnet18", "imagenet"] == 1_281_167  # timm's default is a1_in1k
    assert images["vit_tiny_patch16_224", "large"] == 14_197_122
    assert math.isnan(images["resnet18", "ours"])


def test_parameters_are_the_published_ones_without_the_linear_layer(tmp_path):
    frame = small(tmp_path, NETWORKS)
    sized = with_sizes(frame, read_study(tmp_path / "study.toml"), tmp_path)
    counts = sized.groupby("network")["parameters"].unique()
    assert counts["resnet18"] == 11_689_512 - 513_000  # as torchvision lists it
    assert counts["vit_tiny_patch16_224"] == 5_717_416 - 193_000  # as timm lists it
    one = small(tmp_path, NETWORKS[:1])
    assert "parameters" not in with_sizes(one, read_study(tmp_path / "study.toml"), tmp_path)


def test_the_evidence_of_a_study_has_the_larger_dataset(tmp_path):
    small(tmp_path, NETWORKS[:1]).to_csv(tmp_path / "results.csv", index=False)
    found, _ = make_evidence(tmp_path, resamples=100)
    assert "larger dataset" in set(found.agreement["measure"])
