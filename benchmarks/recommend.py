"""How far are the aims of the recommendation reached on 15 sources and 11 medical targets?

    python benchmarks/recommend.py TABLES

TABLES holds AUCs_dataset.csv, the score tables and runs.csv.gz of
transferability-in-medical-imaging. Every target is predicted from the others; chestmnist, for
which there are no scores, is left out. About five minutes on one core.
"""

import sys
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from warmstart.analysis.cells import cells_of
from warmstart.analysis.published import medical_transferability as published
from warmstart.analysis.tidy import tidy_measures, tidy_results
from warmstart.core.columns import columns
from warmstart.recommendation.evaluation import PRIOR, RULE, Judged, evaluate
from warmstart.recommendation.evaluation_lines import judged_lines
from warmstart.recommendation.places import Place, places_of
from warmstart.recommendation.prediction import predict
from warmstart.recommendation.replay import replayed

NO_SCORES = "chestmnist"
POOLED = "medmnist"
SHARES = (0.05, 0.15)
SPLITS = 5
IMAGENET = "always imagenet"


def places(
    results: pd.DataFrame, measures: pd.DataFrame, without: Collection[str], relatives: bool
) -> list[Place]:
    kept = results[(results["target"] != NO_SCORES) & ~results["source"].isin(without)]
    if not relatives:
        kept = kept.assign(origin=kept["target"].map(published.ORIGINS))
    cells, _ = cells_of(tidy_results(kept, "results").table, "auc")
    return places_of(cells, measures)


def aim(text: str, told: tuple[float, float, float], reached: bool) -> tuple[str, ...]:
    mean, low, high = told
    return (text, f"{mean:.3f}", f"{low:.3f} to {high:.3f}", "reached" if reached else "missed")


def untrained_aims(whole: dict[str, Judged], small: dict[str, Judged]) -> list[tuple[str, ...]]:
    tau, gap = whole["tau"].mean(RULE), whole["tau"].mean(RULE, PRIOR)
    regret = whole["regret"].mean(RULE, IMAGENET)
    left = small["regret"].mean(RULE)
    score = whole["interval score"].mean(RULE, PRIOR)
    return [
        aim("tau >= 0.60", tau, tau[0] >= 0.60),
        aim("tau - prior's: interval above 0", gap, gap[1] > 0),
        aim("regret - always ImageNet's <= 0", regret, regret[0] <= 1e-9),
        aim("regret without the two large sources <= 0.60", left, left[0] <= 0.60),
        aim("interval score - prior spread's < 0", score, score[0] < 0),
    ]


def verified_aims(judged: Judged) -> list[tuple[str, ...]]:
    rows = []
    for share, most in zip(SHARES, (0.30, 0.15), strict=True):
        told = judged.mean(f"verified, {share:.0%}")
        rows.append(aim(f"regret at {share:.0%} of the time <= {most:.2f}", told, told[0] <= most))
    return rows


def show_replay(judged: Judged) -> None:
    rows = [("regret in AUC points, lower is better", "mean", "interval")]
    for way in judged.values:
        mean, low, high = judged.mean(way)
        rows.append((way, f"{mean:.3f}", f"{low:.3f} to {high:.3f}"))
    print("\n".join(columns(rows, right=(1,))))


def without_training(name: str, results: pd.DataFrame, measures: pd.DataFrame) -> None:
    large = published.LARGE_SOURCES
    told = {}
    for title, without in (
        ("all sources", ()),
        ("without the two large sources", large),
        ("without these and medmnist, which pools the targets", (*large, POOLED)),
    ):
        told[title] = evaluate(places(results, measures, without, relatives=True))
        print(f"\n## {name}, {title}", *judged_lines(told[title]), sep="\n")
    strict = evaluate(places(results, measures, (), relatives=False))
    print(f"\n## {name}, all sources, relatives left out too", *judged_lines(strict), sep="\n")
    whole, small, _ = told.values()
    print(f"\n## Aims, {name}", *columns(untrained_aims(whole, small), right=(1,)), sep="\n")


def with_training(runs: pd.DataFrame, truth: pd.DataFrame, measures: pd.DataFrame) -> None:
    for title, without in (
        ("all sources", ()),
        ("without the two large sources", published.LARGE_SOURCES),
    ):
        known = places(truth, measures, without, relatives=False)
        judged = replayed(
            runs[~runs["source"].isin(without)],
            {place.target: predict(known, place.untried, judged=True) for place in known},
            shares=SHARES,
            splits=SPLITS,
            origins=published.ORIGINS,
        )
        print(f"\n## With training, {title}, mean over {SPLITS} splits of the repeats")
        show_replay(judged)
        print(f"\n## Aims with training, {title}")
        print("\n".join(columns(verified_aims(judged), right=(1,))))


def main(folder: Path) -> None:
    scores = published.scores(folder).assign(higher_is_better=True)
    measures = tidy_measures(scores, "scores").table
    runs = published.runs(folder)
    # a dataset is no source for itself, though some of these were trained
    runs = runs[(runs["target"] != NO_SCORES) & (runs["source"] != runs["target"])]
    truth = published.at_validated_settings(runs)
    without_training("ten repeats at validation-best settings", truth, measures)
    without_training("the published table", published.results(folder), measures)
    with_training(runs, truth, measures)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
