"""The published numbers of *Cats, not CAT scans* beside those its tables give."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from warmstart.analysis.published import cats_scans, cats_scans_draws
from warmstart.analysis.published.cats_scans import DRAWS, FOLD, PAIR, SCORE, STAND_IN, TARGETS
from warmstart.analysis.published.matches import Match
from warmstart.analysis.tidy import tidy_results
from warmstart.analysis.transferability import transferability

_FIGURE_4 = {
    "task2vec": ("Figure 4, Task2Vec", -0.11, 0.61),
    "experts": ("Figure 4, experts", 0.24, 0.26),
}


def matches(folder: Path) -> Iterator[Match]:
    """Every number that the published tables can be asked for, and what only the code says.

    Args:
        folder: The tables, or a clone of the repository.
    """
    yield from _figure_3(folder)
    points = _points(folder)
    yield from _equation_1(folder, points)
    for name, (title, rho, p) in _FIGURE_4.items():
        yield from _coefficients(points, name, title, rho, p)
    yield from _points_that_are_none(folder, points)
    yield from cats_scans_draws.matches(folder, points)
    yield from _best_and_baseline(folder)
    for quantity, says, finding in _ONLY_IN_CODE:
        yield Match(quantity=quantity, says=says, finding=f"only the code: {finding}")


def _figure_3(folder: Path) -> Iterator[Match]:
    """Means, then deviations."""
    table = cats_scans.fold_aucs(folder)
    folds = table[FOLD].to_numpy(np.float64)
    pairs = [f"{s} to {t}" for s, t in zip(table["source"], table["target"], strict=True)]
    for pair, published, values in zip(pairs, table["mean"], folds, strict=True):
        yield Match(
            quantity=f"Figure 3, mean AUC, {pair}",
            published=float(published),
            recomputed=float(values.mean()),
            says="mean over five folds",
            finding="the same; each fold's validation part is its test part",
        )
    for pair, published, values in zip(pairs, table["std"], folds, strict=True):
        yield Match(
            quantity=f"Figure 3, deviation, {pair}",
            published=float(published),
            recomputed=float(values.std(ddof=0)),
            says="standard deviation over five folds",
            finding="of the population (ddof 0); folds share training images",
        )


def _points(folder: Path) -> pd.DataFrame:
    """The 24 pairs: source, target, transferability, experts, task2vec."""
    results = tidy_results(cats_scans.results(folder), "the published AUCs").table
    gains = transferability(results, "auc", baseline="paper", baseline_per="fold")
    wide = cats_scans.scores(folder).pivot(index=PAIR, columns="measure", values="value")
    points = gains[[*PAIR, "transferability"]].merge(wide.reset_index(), on=PAIR)
    return points.dropna().reset_index(drop=True)


def _equation_1(folder: Path, points: pd.DataFrame) -> Iterator[Match]:
    published = cats_scans.published_pairs(folder).set_index(PAIR)
    means = published[SCORE].mean(axis=1)
    for row in points.to_dict("records"):
        yield Match(
            quantity=f"Equation 1, {row['source']} to {row['target']}",
            published=float(means[row["source"], row["target"]]),
            recomputed=float(row["transferability"]),
            says="gain over training on the target alone, in percent",
            finding="per fold, over a network trained twice on the target",
        )


def _coefficients(
    points: pd.DataFrame, name: str, title: str, rho: float, p: float
) -> Iterator[Match]:
    from scipy.stats import pearsonr, spearmanr

    x, y = points[name], points["transferability"]
    r, ranked = pearsonr(x, y), spearmanr(x, y)
    says = "Spearman's rho"
    finding = "Pearson's r (of a straight line fitted)"
    yield Match(
        quantity=title,
        published=rho,
        recomputed=r.statistic,
        decimals=2,
        says=says,
        finding=finding,
    )
    yield Match(
        quantity=f"{title}, p",
        published=p,
        recomputed=r.pvalue,
        decimals=2,
        says=f"p of {says}",
        finding="p of Pearson's r; pairs of one target are not independent",
    )
    yield Match(
        quantity=f"{title}, Spearman's rho",
        recomputed=ranked.statistic,
        says=says,
        finding=f"not the {rho} that was published; p {ranked.pvalue:.2f}",
    )
    apart = points["source"] != points["target"]
    for mask, what in (
        (apart, "no self pairs"),
        (apart & (points["source"] != "imagenet"), "no self pairs, no ImageNet"),
    ):
        few = points[mask]
        again, rank = (f(few[name], few["transferability"]) for f in (pearsonr, spearmanr))
        yield Match(
            quantity=f"{title}, Pearson's r, {what}",
            recomputed=again.statistic,
            finding=f"{len(few)} pairs, p {again.pvalue:.2f}; Spearman {rank.statistic:.3f}",
        )
    slope = np.polyfit(x / x.max(), y, 1)[0]
    yield Match(
        quantity=f"{title}, slope of the line",
        recomputed=float(slope),
        finding="percent of the baseline over the largest distance",
    )


def _points_that_are_none(folder: Path, points: pd.DataFrame) -> Iterator[Match]:
    table = cats_scans.published_pairs(folder).set_index(PAIR)
    for name, other in STAND_IN.items():
        apart = (table.loc[name, DRAWS] - table.loc[other, DRAWS]).abs().to_numpy().max()
        yield Match(
            quantity=f"Largest difference of Task2Vec distances of {name} and {other}",
            recomputed=float(apart),
            says="distances of ImageNet",
            finding="ImageNet has no embedding: STL-10's stands in, to the last digit",
        )
    origin = points[(points["source"] == points["target"])]
    at_zero = (origin[["task2vec", "transferability"]] == 0).all(axis=1).sum()
    yield Match(
        quantity="Points of figure 4 at the origin",
        recomputed=float(at_zero),
        says="24 pairs of a source and a target",
        finding=f"self pairs ({', '.join(origin['source'])}): 0 by construction, yet correlated",
    )


def _best_and_baseline(folder: Path) -> Iterator[Match]:
    table = cats_scans.results(folder)
    best = table.loc[table.groupby(["target", "fold"])["value"].idxmax(), "source"]
    yield Match(
        quantity="Folds on which ImageNet is best, of 15",
        recomputed=float((best == "imagenet").sum()),
        says="ImageNet is the best source of every target",
        finding="by the mean; not on every fold, and no test is reported",
    )
    means = table.groupby(["target", "source"])["value"].mean()
    for target in TARGETS:
        place = means[target].rank(ascending=False)[target]
        yield Match(
            quantity=f"Place of the baseline among the {len(means[target])} sources of {target}",
            recomputed=float(place),
            says="training on the target alone",
            finding="a network that was pretrained on 80 % of the target, test images among them",
        )


_ONLY_IN_CODE = (
    (
        "Parts of a fold",
        "80 % training, 10 % validation, 10 % test",
        "80/20: the validation part is the test part",
    ),
    (
        "AUC(T) of equation 1",
        "trained on the target only",
        "the network pretrained on the target, fine-tuned on it again with a new head",
    ),
    (
        "Folds",
        "stratified five-fold cross-validation",
        "by image, though lesions, patients and slides have several",
    ),
    (
        "Learning rate of STL-10 and STI-10",
        "halved after epoch 30",
        "halved again in every epoch after it",
    ),
    (
        "PCam-middle and PCam-small",
        "stratified samples",
        "plain random samples that ignore the official, slide-wise split",
    ),
    ("Colours of STI-10", "RGB images", "blue and red exchanged, unlike in all other datasets"),
    ("Images of KimiaPath960", "308 x 168 pixels", "height and width exchanged"),
    (
        "Normalisation inside Task2Vec",
        "as in Task2Vec",
        "mean and deviation of CIFAR-100; batch norm in training mode",
    ),
    (
        "Subsets for Task2Vec",
        "seeds 1 to 100",
        "seeds 0 to 99, drawn with replacement; 0 cannot be drawn",
    ),
)
"""What no table shows: what it is about, what the paper says, what the code does."""
