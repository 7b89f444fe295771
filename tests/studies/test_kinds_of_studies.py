"""What a study file may ask for, run to the end."""

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file

from run_in_process import run
from small_study import write_study
from warmstart.metrics import roc_auc


def test_the_trial_with_the_best_validation_value_is_chosen(images, tmp_path):
    file = write_study(images, tune={"learning_rate": [1e-6, 3e-3]})
    written, _ = run(file, tmp_path / "out")
    runs = written.runs.query("kind == 'finetune'")
    assert len(runs) == 2 * 2 * 2
    for _, cell in runs.groupby(["source", "fold"]):
        values = []
        for key in cell["key"]:
            stored = pd.read_parquet(tmp_path / "out" / "runs" / key / "predictions.parquet")
            part = stored[stored["part"] == "validation"]
            values.append(roc_auc(part["label"], part["score_1"]))
        assert list(cell["chosen"]) == [i == int(np.argmax(values)) for i in range(2)]
    assert len(pd.read_csv(tmp_path / "out" / "results.csv")) == 2 * 2 * 4
    page = (tmp_path / "out" / "report.html").read_text()
    assert "learning_rate" in page


def test_derived_datasets_arms_and_seeds_run(images, tmp_path):
    file = write_study(
        images,
        seeds=[0, 1],
        datasets={
            "shapes": {"reader": "folder", "root": "shapes"},
            "lesions": {"reader": "folder", "root": "lesions"},
            "few": {"derive": "shapes", "subset": {"n": 18}},
        },
        sources={"shapes": {"start": "dataset:shapes"}, "few": {"start": "dataset:few"}},
        targets={"lesions": {"dataset": "lesions"}},
        arms={
            "small": {"train_images": 6},
            "linear": {"tune": "head", "sources": ["few"]},
            "late": {"sources": ["few"], "finetune": {"last_stages": 1, "image_size": 24}},
        },
    )
    written, _ = run(file, tmp_path / "out")
    assert (written.runs["state"] == "done").all()
    results = pd.read_csv(tmp_path / "out" / "results.csv")
    assert set(results.query("arm == 'small'")["n_train"]) == {6}
    assert set(results.query("arm == 'linear'")["source"]) == {"few"}
    assert set(results["seed"]) == {0, 1}
    prepared = (tmp_path / "cache" / "prepared").glob("*/pixels.npy")
    sizes = [np.load(file, mmap_mode="r").shape[1] for file in prepared]
    assert sizes.count(16) == 2  # the derived dataset shares its parent's images
    assert sizes.count(24) == 1  # those of the target, which one arm shows larger
    runs = written.runs.query("source == 'few' and seed == 0")
    origin = runs.query("kind == 'pretrain'")["key"].item()
    late = runs.query("arm == 'late' and fold == 0")["key"].item()
    before, after = (
        load_file(tmp_path / "out" / "runs" / key / "model.safetensors") for key in (origin, late)
    )
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert any(name.startswith("conv_head") for name in moved)
    assert not any(name.startswith(("conv_stem", "blocks")) for name in moved)


def test_several_labels_run_and_are_named_in_the_results(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (40, 3)).astype(np.uint8)
    pixels = rng.integers(0, 120, (40, 28, 28), dtype=np.uint8) + labels[:, :1, None] * 100
    parts = {"train": slice(0, 24), "val": slice(24, 30), "test": slice(30, 40)}
    arrays = {f"{part}_images": pixels[rows] for part, rows in parts.items()}
    arrays |= {f"{part}_labels": labels[rows] for part, rows in parts.items()}
    np.savez_compressed(tmp_path / "chest.npz", **arrays)
    chest = {"reader": "medmnist", "root": "chest.npz", "class_names": ["a", "b", "c"]}
    file = write_study(tmp_path, datasets={"chest": chest}, sources={})
    written, _ = run(file, tmp_path / "out")
    assert (written.runs["state"] == "done").all()
    results = pd.read_csv(tmp_path / "out" / "results.csv")
    assert set(results["label"]) == {"a", "b", "c"}
    summary = pd.read_csv(tmp_path / "out" / "summary.csv", keep_default_na=False)
    assert set(summary["label"]) == {"", "a", "b", "c"}


def test_the_papers_baseline_runs(images, tmp_path):
    file = write_study(images, protocol={"folds": 2, "threads": 1, "baseline": "paper"})
    written, _ = run(file, tmp_path / "out")
    assert (written.runs["state"] == "done").all()
    summary = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("source")
    assert summary.loc["lesions", "transferability"] == 0


def test_starts_that_change_weights_share_the_pretraining_and_run(images, tmp_path):
    file = write_study(
        images,
        sources={
            "shapes": {"start": "dataset:shapes"},
            "scale": {"start": "mean-var:dataset:shapes"},
            "stem": {"start": "transfuse:dataset:shapes@stem"},
        },
        finetune={"epochs": 1, "image_size": 16, "batch_size": 8, "learning_rate": 1e-9},
    )
    written, _ = run(file, tmp_path / "out")
    assert (written.runs["state"] == "done").all()
    pretrained = written.runs.query("kind == 'pretrain'")
    assert pretrained["key"].nunique() == 1
    runs = tmp_path / "out" / "runs"
    origin = load_file(runs / pretrained["key"].iloc[0] / "model.safetensors")
    finetuned = written.runs.query("kind == 'finetune' and fold == 0").set_index("source")["key"]
    stem, later = "conv_stem.weight", "blocks.1.0.conv_dw.weight"
    found = {
        source: load_file(runs / key / "model.safetensors") for source, key in finetuned.items()
    }
    same = lambda source, name: torch.allclose(found[source][name], origin[name], atol=1e-6)  # noqa: E731
    if later not in origin:
        later = next(n for n in origin if n.startswith("blocks.1") and n.endswith("weight"))
    assert same("shapes", stem)
    assert same("shapes", later)
    assert same("stem", stem)
    assert not same("stem", later)
    assert not same("scale", stem)
    card = (runs / finetuned["scale"] / "README.md").read_text()
    assert f"mean-var of run `{pretrained['key'].iloc[0]}`" in card
