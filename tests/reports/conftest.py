"""A study as a report sees it: two targets, four sources, three folds, one failure."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from warmstart.analysis.steps import steps_table
from warmstart.reports.contents import ReportContents, empty

SOURCES = ("imagenet", "photos", "textures", "random")
STARTS = ("timm", "dataset:photos", "dataset:textures", "random")
LESIONS = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
MEANS = {
    "histology": {"imagenet": 0.842, "photos": 0.781, "textures": 0.803, "random": 0.731},
    "lesions": {"imagenet": 0.861, "photos": 0.795, "textures": 0.752, "random": 0.758},
}
NETWORK = "tf_efficientnet_lite0"


def png_strip(seed: int, images: int = 6) -> bytes:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (8, 8 * images, 3), dtype=np.uint8)
    strip = Image.fromarray(coarse).resize((64 * images, 64), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    strip.save(file, "PNG")
    return file.getvalue()


def datasets() -> pd.DataFrame:
    rows = []
    for name, roles, classes, images, groups in (
        ("photos", "source", ("astronaut", "cat", "coffee", "rocket"), 1200, pd.NA),
        ("textures", "source", ("brick", "grass", "gravel"), 900, pd.NA),
        ("histology", "target", ("negative", "positive"), 640, 64),
        ("lesions", "target", LESIONS, 1400, 1102),
    ):
        rows.append(
            {
                "dataset": name, "reader": "folder", "roles": roles, "images": images,
                "classes": len(classes), "class_names": ", ".join(classes),
                "smallest_class": images // len(classes) - 7,
                "largest_class": images // len(classes),
                "width_min": 64, "width_median": 64.0, "width_max": 96,
                "height_min": 64, "height_median": 64.0, "height_max": 64,
                "channels": 1 if name == "histology" else 3, "groups": groups,
                "notes": "labels derived by image analysis" if name == "histology" else "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows).astype({"groups": "Int64"})


def recipes() -> pd.DataFrame:
    common = {"image_size": 64, "fit": "squash", "batch_size": 64, "optimizer": "adamw"}
    rows = [
        {
            "phase": "pretrain",
            "source": s,
            "target": None,
            **common,
            "epochs": 20,
            "learning_rate": 1e-3,
        }
        for s in ("photos", "textures")
    ]
    rows += [
        {
            "phase": "finetune", "source": s, "target": t, **common,
            "epochs": 30 if s == "random" else 10, "learning_rate": 1e-4,
        }
        for t in MEANS for s in SOURCES
    ]  # fmt: skip
    return pd.DataFrame(rows)


def runs_and_results() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    runs, results = [], []
    cells = [(t, s, f) for t in MEANS for s in SOURCES for f in range(3)]
    for number, (target, source, fold) in enumerate(cells):
        failed = (target, source, fold) == ("lesions", "textures", 2)
        cell = {"network": NETWORK, "source": source, "arm": "full", "target": target}
        cell |= {"seed": 0, "fold": fold}
        converged = not (target == "lesions" and source == "random" and fold < 2)
        runs.append(
            {
                "key": f"{number:016x}", "kind": "finetune", **cell, "tuned": False, "chosen": True,
                "state": "failed" if failed else "done", "seconds": 8.5 + number,
                "epochs": 30 if source == "random" else 10,
                "converged": pd.NA if failed else converged,
                "reason": "the loss became NaN in epoch 3" if failed else "",
            }
        )  # fmt: skip
        if not failed:
            value = MEANS[target][source] + rng.normal(0, 0.015)
            for metric in ("auc_weighted_ovr", "balanced_accuracy"):
                results.append(
                    {
                        **cell,
                        "label": "",
                        "metric": metric,
                        "value": value,
                        "n_train": 420,
                        "n_test": 210,
                    }
                )
    for number, source in enumerate(("photos", "textures")):
        runs.append(
            {
                "key": f"{number + 99:016x}", "kind": "pretrain", "network": NETWORK,
                "source": source, "arm": "", "target": "", "seed": 0, "fold": pd.NA,
                "tuned": False, "chosen": True, "state": "done", "seconds": 75.0, "epochs": 20,
                "converged": True, "reason": "",
            }
        )  # fmt: skip
    return pd.DataFrame(runs), pd.DataFrame(results)


def summary(results: pd.DataFrame) -> pd.DataFrame:
    rows = []
    drawn = results[results["metric"] == "auc_weighted_ovr"]
    for target in MEANS:
        of_target = drawn[drawn["target"] == target]
        mean = of_target.groupby("source")["value"].mean()
        for source in SOURCES:
            gain = 100 * (mean[source] - mean["random"]) / mean["random"]
            best = source == mean.idxmax()
            bracketed = target == "lesions"
            rows.append(
                {
                    "network": NETWORK, "arm": "full", "target": target, "source": source,
                    "label": "",
                    "mean": mean[source], "low": mean[source] - 0.03, "high": mean[source] + 0.03,
                    "folds": int((of_target["source"] == source).sum()), "transferability": gain,
                    "transferability_low": gain - 4, "transferability_high": gain + 4,
                    "baseline_converged": not bracketed, "bracketed": bracketed,
                    "difference": mean[source] - mean.max(), "p_holm": 1.0 if best else 0.03,
                    "told_apart": pd.NA if best else source != "textures",
                    "reason": "2 of 3 baseline runs did not converge" if bracketed else "",
                    "best": best,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def roc_curves() -> pd.DataFrame:
    x = np.linspace(0, 1, 150)
    rows = []
    for target, curves in (("histology", ("",)), ("lesions", LESIONS)):
        for curve in curves:
            for source in SOURCES:
                auc = MEANS[target][source] + 0.01 * len(curve)
                cell = {"network": NETWORK, "source": source, "arm": "full", "target": target}
                y = x ** ((1 - auc) / auc)
                rows.append(
                    pd.DataFrame(
                        {**cell, "curve": curve, "false_positive_rate": x, "true_positive_rate": y}
                    )
                )
    return pd.concat(rows, ignore_index=True)


def histories(runs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    names = ["key", "network", "source", "arm", "target", "seed", "fold"]
    for number, run in enumerate(runs[runs["state"] == "done"].to_dict("records")):
        for epoch in range(1, run["epochs"] + 1):
            loss = 0.2 + 0.5 * np.exp(-epoch / (3 + number % 4)) + 0.01 * (number % 3)
            losses = {"epoch": epoch, "train_loss": loss, "validation_loss": np.nan}
            rows.append({**{name: run[name] for name in names}, **losses})
    return pd.DataFrame(rows)


def auc_curves(runs: pd.DataFrame) -> pd.DataFrame:
    """AUC of every fine-tuning after 10, 20, 30 steps; random takes three times as many."""
    rows = []
    names = ["key", "network", "source", "arm", "target", "seed", "fold"]
    done = runs[(runs["state"] == "done") & (runs["kind"] == "finetune")]
    for run in done.to_dict("records"):
        best = MEANS[run["target"]][run["source"]]
        for step in range(10, 100 if run["source"] == "random" else 40, 10):
            auc = best - 0.2 * np.exp(-step / 15) + 0.01 * run["fold"]
            rows.append({**{name: run[name] for name in names}, "step": step, "auc": auc})
    return pd.DataFrame(rows)


def transfer_points() -> pd.DataFrame:
    """A score and a distance of every source and target."""
    rows = [
        {
            "measure": measure, "higher_is_better": better, "target": target, "source": source,
            "value": value + 0.1 * i, "gain": 100 * (means[source] / means["random"] - 1),
            "unit": "percent of the baseline", "spread": 1.5, "floor": None if better else 0.1,
        }
        for measure, better, value in (("logme", True, 0.2), ("otdd", False, 3.0))
        for target, means in MEANS.items()
        for i, source in enumerate(SOURCES)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def realistic() -> ReportContents:
    runs, results = runs_and_results()
    curves = auc_curves(runs)
    classes = {"histology": ("negative", "positive"), "lesions": LESIONS}
    classes |= {"photos": ("astronaut", "cat", "coffee", "rocket")}
    classes |= {"textures": ("brick", "grass", "gravel")}
    chosen = {
        "network": NETWORK,
        "source": "photos",
        "arm": "full",
        "target": "histology",
        "seed": 0,
    }
    return ReportContents(
        title="Cats or scans, small",
        study_toml='title = "Cats or scans, small"\nnetworks = ["tf_efficientnet_lite0"]\n',
        share=False,
        created="2026-01-31",
        metric="auc_weighted_ovr",
        interval_note="95 % interval of the mean over 3 folds: other folds of the same images.",
        datasets=datasets(),
        samples={d: [(c, png_strip(i)) for i, c in enumerate(cs)] for d, cs in classes.items()},
        sources=pd.DataFrame(
            {
                "source": SOURCES,
                "start": STARTS,
                "dataset": [None, "photos", "textures", None],
                "networks": ["all"] * 4,
            }
        ),
        recipes=recipes(),
        pretrain=pd.DataFrame(
            [
                {
                    "network": NETWORK,
                    "source": name,
                    "dataset": name,
                    "seed": 0,
                    "n_train": 960,
                    "n_validation": 120,
                    "n_test": 120,
                    "train_accuracy": 0.99,
                    "validation_accuracy": 0.95,
                    "test_accuracy": 0.9417,
                    "test_auc": 0.9913,
                    "converged": True,
                    "epochs": 20,
                    "seconds": 75.0,
                }
                for name in ("photos", "textures")
            ]
        ),
        results=results,
        summary=summary(results),
        roc=roc_curves(),
        runs=runs,
        tuning=pd.DataFrame(
            [
                {**chosen, "fold": f, "field": "learning_rate", "value": 1e-3, "edge": f < 2}
                for f in range(3)
            ]
        ),
        sentences=(
            "histology: imagenet gives the best start (AUC 0.842); textures cannot be told apart.",
            "lesions: imagenet gives the best start (AUC 0.861).",
        ),
        warnings=(
            "histology: the labels are derived by image analysis.",
            "photos: no groups are known; AUC will be too high if patients have several images.",
        ),
        versions={"warmstart": "0.1.0", "torch": "2.13.0", "Python": "3.11.9"},
        histories=histories(runs),
        curves=curves,
        steps=steps_table(curves, 0.8),
        transfer=transfer_points(),
        leaks=empty("leaks"),
        worth=empty("worth"),
        claims=empty("claims"),
        leak_pictures=(),
        targets={},
    )


@pytest.fixture(scope="session")
def contents() -> ReportContents:
    return realistic()


@pytest.fixture(scope="session")
def unfinished(contents: ReportContents) -> ReportContents:
    """The same study before its first run has ended."""
    names = ("pretrain", "results", "summary", "roc", "tuning", "histories", "curves")
    names += ("steps", "transfer")
    none = {name: getattr(contents, name).iloc[:0] for name in names}
    runs = contents.runs.assign(state="to do", converged=pd.NA, reason="")
    return replace(contents, runs=runs, sentences=(), **none)
