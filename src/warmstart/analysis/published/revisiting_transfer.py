"""The tables of a comparison of ImageNet and RadImageNet on seven medical targets, five folds.

Works on a folder of the tables, and on a clone of https://github.com/DovileDo/revisiting-transfer,
which keeps them in ``results/``.
"""

from pathlib import Path

import pandas as pd

from warmstart.analysis.published.files import check_rows, read_table
from warmstart.errors import DataError

CLONE = "results"
ARMS = {"freezeFalse": "full", "freezeTrue": "frozen"}
"""Everything is fine-tuned, or the head first and then everything with frozen weights before it."""
LAYERS = ("conv1", "block1", "block2", "block3", "block4")
IMAGES = {"ImageNet": 1_281_167, "RadImageNet": 1_354_886}
TARGETS = ("breast", "chest", "isic", "knee", "mammograms", "pcam-small", "thyroid")
FOLDS = 5
_ARMS_OF = {"ImageNet": tuple(ARMS), "RadImageNet": tuple(ARMS), "random": ("freezeFalse",)}
_RUNS = tuple(
    (target, source, freeze, f"fold{k}")
    for target in TARGETS
    for source, arms in _ARMS_OF.items()
    for freeze in arms
    for k in range(1, FOLDS + 1)
)
_CELL_FOLD = ["target", "source", "freeze", "fold"]
_SIMILARITY = {"ImageNet": "simVSaucImNet.csv", "RadImageNet": "simVSaucRadNet.csv"}


def results(folder: Path) -> pd.DataFrame:
    """AUC of every fold.

    Returns:
        Columns source, arm (``"full"`` or ``"frozen"``), target, fold, metric, value,
        source_images. Random initialisation has no frozen arm.

    Raises:
        DataError: If the table is not there or holds something else.
    """
    table = read_table(folder, "AUC.csv", CLONE, text=_CELL_FOLD, numbers=["AUC"])
    fold = table["fold"].astype(str).str.extract(r"^fold(\d+)$")[0]
    if fold.isna().any():
        raise DataError(
            f"AUC.csv: fold {str(table['fold'][fold.isna()].iloc[0])!r}; expected fold1, fold2, "
            "... Fetch it again."
        )
    table = table.assign(
        arm=table["freeze"].map(ARMS),
        fold=fold.astype(int) - 1,
        metric="auc",
        source_images=table["source"].map(IMAGES),
    )
    table = table.rename(columns={"AUC": "value"})
    return table[["source", "arm", "target", "fold", "metric", "value", "source_images"]]


def whole_results(folder: Path) -> pd.DataFrame:
    """The same, if it holds every fold that was published.

    Raises:
        DataError: If the table is not there, lacks a fold or holds something else.
    """
    table = results(folder)
    rows = [
        (target, source, ARMS[freeze], int(fold[-1]) - 1) for target, source, freeze, fold in _RUNS
    ]
    check_rows(table.dropna(subset="value"), "AUC.csv", ["target", "source", "arm", "fold"], rows)
    return table


def published_means(folder: Path) -> pd.DataFrame:
    """Published mean and deviation of every cell, in percent: source, freeze, target, mean, std."""
    table = read_table(folder, "AUC_mean.csv", CLONE, text=_CELL_FOLD, numbers=["mean", "std"])
    check_rows(table.dropna(subset=["mean", "std"]), "AUC_mean.csv", _CELL_FOLD, _RUNS)
    return table.drop_duplicates(["source", "freeze", "target"])[
        ["source", "freeze", "target", "mean", "std"]
    ]


def scores(folder: Path) -> pd.DataFrame:
    """How alike a network stays to itself while it is fine-tuned (CCA, mean over folds).

    Returns:
        Columns source, target, measure (``"cca_conv1"``, ... by layer), value (0 to 1),
        higher_is_better (true: kept features are taken for useful ones).
    """
    frames = []
    for source, name in _SIMILARITY.items():
        table = read_table(folder, name, CLONE, text=["stimuli"], numbers=LAYERS)
        means = table.groupby("stimuli")[list(LAYERS)].mean().reset_index()
        long = means.melt(id_vars="stimuli", var_name="measure")
        frames.append(long.rename(columns={"stimuli": "target"}).assign(source=source))
    table = pd.concat(frames, ignore_index=True)
    table = table.assign(measure="cca_" + table["measure"], higher_is_better=True)
    return table[["source", "target", "measure", "value", "higher_is_better"]]


def prediction_similarity(folder: Path) -> pd.DataFrame:
    """Share of images on which networks from both sources agree.

    Returns:
        Columns target, freeze, fold, prob (``"real"``, or ``"rand"`` for predictions put in
        another order), value.
    """
    text = ["target", "freeze", "fold", "prob"]
    return read_table(folder, "similarity.csv", CLONE, text=text, numbers=["value"])
