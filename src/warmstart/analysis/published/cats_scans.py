"""The tables of *Cats, not CAT scans*: nine sources, three targets, five folds, two distances.

Works on a folder of the tables, and on a clone of https://github.com/vcheplygina/cats-scans, which
keeps them in ``results/``. Embeddings are read from ``task2vec_embeddings.npz``, which holds
``subset_index`` and one array (subsets, 53120) per dataset. The repository's own are pickles: they
may run code when they are opened, so they are not.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from warmstart.analysis.published.files import path_of, read_table
from warmstart.errors import DataError

FOLDS = 5
PAIR = ["source", "target"]
DRAWS = [f"distance_{k}" for k in range(1, FOLDS + 1)]
"""Columns of the five published Task2Vec distances."""
CLONE = "results"
TARGETS = ("isic", "chest", "pcam-middle")
IMAGES = {
    "imagenet": 1_281_167,
    "stl10": 13_000,
    "sti10": 8_060,
    "textures": 5_640,
    "isic": 10_015,
    "chest": 5_856,
    "pcam-middle": 100_000,
    "pcam-small": 10_000,
    "kimia": 960,
}
"""Labelled images of each source; ``textures`` is DTD, ``kimia`` KimiaPath960."""
STAND_IN = {"imagenet": "stl10"}
"""Sources whose embedding is that of another."""


def results(folder: Path) -> pd.DataFrame:
    """AUC of every fold.

    Returns:
        Columns source, target, fold, metric, value, source_images.

    Raises:
        DataError: If the table is not there.
    """
    table = read_table(folder, "auc_folds_means_std.csv", CLONE)
    long = table.melt(
        id_vars=["source", "target"],
        value_vars=[f"fold_{k}" for k in range(1, FOLDS + 1)],
        var_name="fold",
    ).dropna(subset="value")
    long["fold"] = long["fold"].str.removeprefix("fold_").astype(int) - 1
    long = long.assign(metric="auc", source_images=long["source"].map(IMAGES))
    return long.reset_index(drop=True)


def scores(folder: Path) -> pd.DataFrame:
    """Both distances as they were published: what experts see, and Task2Vec's mean of five.

    Returns:
        Columns source, target, measure, value, higher_is_better (false).
    """
    frames = [expert_distances(folder), task2vec_distances(folder)]
    return pd.concat(frames, ignore_index=True).assign(higher_is_better=False)


def expert_distances(folder: Path) -> pd.DataFrame:
    """Hamming distances of the answers of five students, 0 to 6."""
    table = read_table(folder, "experts_clean.csv", CLONE, sep=";", encoding="utf-8-sig")
    table = table.rename(columns={"distance": "value"}).assign(measure="experts")
    return table[["source", "target", "measure", "value"]]


def task2vec_distances(folder: Path) -> pd.DataFrame:
    """Mean of the five published Task2Vec distances of every pair."""
    table = published_pairs(folder)
    table = table.assign(measure="task2vec", value=table[DRAWS].mean(axis=1))
    return table[["source", "target", "measure", "value"]]


def published_pairs(folder: Path) -> pd.DataFrame:
    """The 24 pairs with their published transferability per fold and distance per draw."""
    return read_table(folder, "aucs_scores_distances.csv", CLONE)


def subset_distances(folder: Path) -> pd.DataFrame | None:
    """Raw and normalised cosine distance of every pair for each of the 100 subsets, if it is there.

    Returns:
        Columns source, target, subset, raw_cosine, normalised_cosine.
    """
    name = "task2vec_distances_100_subsets.csv.gz"
    return None if path_of(folder, name, CLONE) is None else read_table(folder, name, CLONE)


def embeddings(folder: Path) -> dict[str, dict[int, np.ndarray]] | None:
    """Task2Vec embeddings by dataset and subset, if ``task2vec_embeddings.npz`` is there.

    Raises:
        DataError: If the file holds pickles or something else than it should.
    """
    path = path_of(folder, "task2vec_embeddings.npz", CLONE)
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            subsets = [int(i) for i in arrays["subset_index"]]
            return {
                name: dict(zip(subsets, arrays[name], strict=True))
                for name in arrays.files
                if name != "subset_index"
            }
    except (ValueError, KeyError, OSError) as error:
        raise DataError(
            f"{path} cannot be read: {error}. Expected subset_index (k,) and one array (k, d) per "
            "dataset, without pickles."
        ) from error
