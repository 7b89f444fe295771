"""The tables of *Cats, not CAT scans*: nine sources, three targets, five folds, two distances.

Works on a folder of the tables, and on a clone of https://github.com/vcheplygina/cats-scans, which
keeps them in ``results/``.
"""

from pathlib import Path

import pandas as pd

from warmstart.analysis.published.files import check_rows, path_of, read_table

FOLDS = 5
FOLD = [f"fold_{k}" for k in range(1, FOLDS + 1)]
"""Columns of the AUC of each fold."""
SCORE = [f"score_{k}" for k in range(1, FOLDS + 1)]
"""Columns of the published transferability of each fold."""
DRAWS = [f"distance_{k}" for k in range(1, FOLDS + 1)]
"""Columns of the five published Task2Vec distances."""
PAIR = ["source", "target"]
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
_UNTRIED = (("pcam-small", "pcam-middle"), ("kimia", "isic"), ("kimia", "chest"))
PAIRS = tuple((s, t) for s in IMAGES for t in TARGETS if (s, t) not in _UNTRIED)
"""The 24 pairs that were tried, self pairs among them."""
STAND_IN = {"imagenet": "stl10"}
"""Sources whose embedding is that of another."""


def fold_aucs(folder: Path) -> pd.DataFrame:
    """AUC of every fold as published: source, target, the columns of `FOLD`, mean, std.

    Raises:
        DataError: If the table is not there or holds something else.
    """
    name = "auc_folds_means_std.csv"
    table = read_table(folder, name, CLONE, text=PAIR, numbers=[*FOLD, "mean", "std"])
    return _whole(table.dropna(subset=FOLD), name)


def results(folder: Path) -> pd.DataFrame:
    """AUC of every fold.

    Returns:
        Columns source, target, fold, metric, value, source_images.

    Raises:
        DataError: If the table is not there or holds something else.
    """
    long = fold_aucs(folder).melt(id_vars=PAIR, value_vars=FOLD, var_name="fold")
    long["fold"] = long["fold"].str.removeprefix("fold_").astype(int) - 1
    return long.assign(metric="auc", source_images=long["source"].map(IMAGES))


def scores(folder: Path) -> pd.DataFrame:
    """Both distances as they were published: what experts see, and Task2Vec's mean of five.

    Returns:
        Columns source, target, measure, value, higher_is_better (false).
    """
    frames = [expert_distances(folder), task2vec_distances(folder)]
    return pd.concat(frames, ignore_index=True).assign(higher_is_better=False)


def expert_distances(folder: Path) -> pd.DataFrame:
    """Hamming distances of the answers of five students, 0 to 6; also of pairs not tried."""
    name, form = "experts_clean.csv", {"sep": ";", "encoding": "utf-8-sig"}
    table = read_table(folder, name, CLONE, text=PAIR, numbers=["distance"], **form)
    table = _whole(table.dropna(subset="distance"), name)
    table = table.rename(columns={"distance": "value"}).assign(measure="experts")
    return table[["source", "target", "measure", "value"]]


def task2vec_distances(folder: Path) -> pd.DataFrame:
    """Mean of the five published Task2Vec distances of every pair."""
    table = published_pairs(folder)
    table = table.assign(measure="task2vec", value=table[DRAWS].mean(axis=1))
    return table[["source", "target", "measure", "value"]]


def published_pairs(folder: Path) -> pd.DataFrame:
    """The 24 pairs with their published transferability per fold and distance per draw."""
    name = "aucs_scores_distances.csv"
    table = read_table(folder, name, CLONE, text=PAIR, numbers=[*SCORE, *DRAWS])
    return _whole(table.dropna(subset=[*SCORE, *DRAWS]), name)


def subset_distances(folder: Path) -> pd.DataFrame | None:
    """Raw and normalised cosine distance of every pair for each of the 100 subsets, if it is there.

    Returns:
        Columns source, target, subset, raw_cosine, normalised_cosine.
    """
    name = "task2vec_distances_100_subsets.csv.gz"
    if path_of(folder, name, CLONE) is None:
        return None
    numbers = ["subset", "raw_cosine", "normalised_cosine"]
    table = read_table(folder, name, CLONE, text=PAIR, numbers=numbers).dropna()
    for _, subset in table.groupby("subset"):
        _whole(subset, f"{name}, subset {subset['subset'].iloc[0]},")
    return table


def _whole(table: pd.DataFrame, name: str) -> pd.DataFrame:
    check_rows(table, name, PAIR, PAIRS)
    return table
