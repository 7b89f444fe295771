"""The tables of a comparison of ImageNet and RadImageNet on seven medical targets, five folds.

Works on a folder of the tables, and on a clone of https://github.com/DovileDo/revisiting-transfer,
which keeps them in ``results/``.
"""

from pathlib import Path

import pandas as pd

from warmstart.analysis.published.files import read_table

CLONE = "results"
ARMS = {"freezeFalse": "full", "freezeTrue": "frozen"}
"""Everything is fine-tuned, or the head first and then everything with frozen weights before it."""
LAYERS = ("conv1", "block1", "block2", "block3", "block4")
IMAGES = {"ImageNet": 1_281_167, "RadImageNet": 1_354_886}
_SIMILARITY = {"ImageNet": "simVSaucImNet.csv", "RadImageNet": "simVSaucRadNet.csv"}


def results(folder: Path) -> pd.DataFrame:
    """AUC of every fold.

    Returns:
        Columns source, arm (``"full"`` or ``"frozen"``), target, fold, metric, value,
        source_images. Random initialisation has no frozen arm.
    """
    table = read_table(folder, "AUC.csv", CLONE)
    fold = table["fold"].str.removeprefix("fold").astype(int) - 1
    table = table.assign(
        arm=table["freeze"].map(ARMS),
        fold=fold,
        metric="auc",
        source_images=table["source"].map(IMAGES),
    )
    table = table.rename(columns={"AUC": "value"})
    return table[["source", "arm", "target", "fold", "metric", "value", "source_images"]]


def published_means(folder: Path) -> pd.DataFrame:
    """Published mean and deviation of every cell, in percent: source, freeze, target, mean, std."""
    table = read_table(folder, "AUC_mean.csv", CLONE)
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
        table = read_table(folder, name, CLONE)
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
    return read_table(folder, "similarity.csv", CLONE)
