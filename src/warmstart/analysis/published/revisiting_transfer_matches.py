"""The published numbers of the comparison of ImageNet and RadImageNet beside recomputed ones."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from warmstart.analysis.comparison import compare
from warmstart.analysis.published import revisiting_transfer
from warmstart.analysis.published.matches import Match
from warmstart.analysis.published.revisiting_transfer import FOLDS
from warmstart.analysis.tidy import tidy_results
from warmstart.analysis.transferability import transferability


def matches(folder: Path) -> Iterator[Match]:
    """Every cell of the table of AUCs, and what the text concludes from it."""
    runs = revisiting_transfer.whole_results(folder)
    yield from _cells(folder, runs)
    yield from _sources(runs)
    yield from _similar_predictions(folder)
    yield from _similarity_and_gain(folder, runs)


def _cells(folder: Path, runs: pd.DataFrame) -> Iterator[Match]:
    """Means, then deviations, in percent."""
    folds = runs.groupby(["source", "arm", "target"])["value"].agg(["mean", "std"]) * 100
    table = revisiting_transfer.published_means(folder).to_dict("records")
    for column, title, decimals, finding in (
        ("mean", "Mean AUC in percent", 1, "the same"),
        ("std", "Deviation in percent", 2, "of the sample (ddof 1)"),
    ):
        for row in table:
            arm = revisiting_transfer.ARMS[row["freeze"]]
            yield Match(
                quantity=f"{title}, {row['source']} to {row['target']}, {arm}",
                published=float(row[column]),
                recomputed=float(folds.loc[(row["source"], arm, row["target"]), column]),
                decimals=decimals,
                says=f"{'mean' if column == 'mean' else 'standard deviation'} over five folds",
                finding=finding,
            )


def _sources(runs: pd.DataFrame) -> Iterator[Match]:
    """On how many targets ImageNet is ahead, and on how many of them it can be told apart."""
    both = runs[runs["source"] != "random"]
    for arm, own in both.groupby("arm", sort=False):
        ahead = apart = 0
        for _, cell in own.groupby("target"):
            share = {"seed": 0, "n_test": 1.0, "n_train": float(FOLDS - 1)}
            found = compare(cell.assign(**share)).set_index("source")
            ahead += int(found["best"].eq(True)["ImageNet"])
            apart += int(found["told_apart"].fillna(False).sum())
        yield Match(
            quantity=f"Targets on which ImageNet is ahead of RadImageNet, {arm}",
            recomputed=float(ahead),
            says="ImageNet gives the higher AUC on most targets",
            finding=f"of {own['target'].nunique()}, by the mean; told apart on {apart}",
        )
    means = both.groupby(["arm", "source"])["value"].mean() * 100
    for row in means.reset_index().to_dict("records"):
        yield Match(
            quantity=f"Mean AUC in percent over targets, {row['source']}, {row['arm']}",
            recomputed=float(row["value"]),
        )


def _similar_predictions(folder: Path) -> Iterator[Match]:
    table = revisiting_transfer.prediction_similarity(folder)
    means = table.groupby(["freeze", "prob"])["value"].mean()
    for freeze, arm in revisiting_transfer.ARMS.items():
        yield Match(
            quantity=f"Agreement of predictions of both sources, {arm}",
            recomputed=float(means[freeze, "real"]),
            says="predictions are similar though representations differ",
            finding=f"column rand, the agreement to be expected, has {means[freeze, 'rand']:.3f}",
        )


def _similarity_and_gain(folder: Path, runs: pd.DataFrame) -> Iterator[Match]:
    from scipy.stats import pearsonr, spearmanr

    results = tidy_results(runs[runs["arm"] == "full"], "the published AUCs").table
    gains = transferability(results, "auc")[["source", "target", "transferability"]]
    table = revisiting_transfer.scores(folder).merge(gains, on=["source", "target"])
    for _, rows in table.groupby(["source", "measure"]):
        source, measure = rows["source"].iloc[0], rows["measure"].iloc[0]
        r, rho = (f(rows["value"], rows["transferability"]) for f in (pearsonr, spearmanr))
        yield Match(
            quantity=f"{measure} before and after fine-tuning against gain, {source}",
            recomputed=float(r.statistic),
            says="similarity does not correlate with gains",
            finding=f"Pearson's r over {len(rows)} targets, p {r.pvalue:.2f}; "
            f"Spearman {rho.statistic:.2f}, p {rho.pvalue:.2f}",
        )
