"""Everything a report shows, as tables; whoever fills them loads files, reports only render."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from warmstart.analysis import claims, leakage_worth, roc, steps, transfer_points
from warmstart.analysis.transferability import KEY
from warmstart.errors import DataError
from warmstart.metrics import METRICS

T = TypeVar("T")

RANDOM = "random"
"""The source that knows nothing: random initialisation, drawn in grey everywhere."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "datasets": (
        *("dataset", "reader", "roles", "images", "classes", "class_names"),
        *("smallest_class", "largest_class", "width_min", "width_median", "width_max"),
        *("height_min", "height_median", "height_max", "channels", "groups", "notes"),
    ),
    "sources": ("source", "start", "dataset", "networks"),
    "recipes": ("phase", "source", "target"),
    "pretrain": (
        *("network", "source", "dataset", "seed", "n_train", "n_validation", "n_test"),
        *("train_accuracy", "validation_accuracy", "test_accuracy", "test_auc"),
        *("converged", "epochs", "seconds"),
    ),
    "results": (*KEY, "label", "metric", "value", "n_train", "n_test"),
    "summary": (
        *("network", "arm", "target", "source", "label", "mean", "low", "high", "folds"),
        *("transferability", "transferability_low", "transferability_high"),
        *("baseline_converged", "bracketed", "difference", "p_holm", "told_apart"),
        *("reason", "best"),
    ),
    "roc": tuple(roc.COLUMNS),
    "runs": (
        *("key", "kind", *KEY, "tuned", "chosen", "state"),
        *("seconds", "epochs", "converged", "reason"),
    ),
    "tuning": (*KEY, "field", "value", "edge"),
    "leaks": (
        *("dataset", "image", "label", "other", "other_image", "other_label"),
        *("identical", "joined"),
    ),
    "worth": tuple(leakage_worth.COLUMNS),
    "claims": tuple(claims.VERDICT_COLUMNS),
    "histories": ("key", *KEY, "epoch", "train_loss", "validation_loss"),
    "curves": ("key", *KEY, "step", "auc"),
    "steps": tuple(steps.COLUMNS),
    "transfer": tuple(transfer_points.COLUMNS),
}
"""The columns each table must have; further columns are allowed and, for recipes, shown."""


def empty(table: str) -> pd.DataFrame:
    """Return the table of that name in `COLUMNS` without rows."""
    return pd.DataFrame(columns=list(COLUMNS[table]))


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportContents:
    """One study, ready to be shown.

    Attributes:
        title: The study's title.
        study_toml: The resolved study file, as text.
        share: Whether the page is meant for others: it then holds no picture.
        created: The date of the report, without a time.
        metric: The metric of `results` that is drawn, such as ``auc_weighted_ovr``.
        interval_note: One sentence: what varies within the intervals, and how many there are.
        datasets: One row per dataset (Table I).
        samples: Per dataset, one PNG strip of pictures per class, with the class's name.
        leaks: One row per pair of images that show the same picture.
        leak_pictures: What some of these pairs are, and both images as one PNG.
        worth: One row per source and pair of targets of the same images, one of them with copies
            on one side; ``worth`` is the difference of the means.
        claims: One row per claim of the study, with whether it holds.
        sources: One row per source, with where its weights come from.
        recipes: One row per phase, source and target (Table III); ``phase`` is ``pretrain`` or
            ``finetune``, every column after ``target`` is a setting.
        pretrain: One row per pretraining run (Table II).
        results: One row per run, label and metric.
        summary: One row per network, arm, target, source and label.
        roc: Points of the ROC curves; ``curve`` names the class or label, empty if there is one.
        runs: One row per run, with its state (``done``, ``failed``, ...).
        tuning: One row per chosen value; ``edge`` says that it lies at the edge of the grid.
        histories: One row per run and epoch; ``target`` is empty for a pretraining.
        curves: One row per fine-tuning and measurement of its AUC on the way, where any is kept.
        steps: One row per run in `curves`: when it first reached the AUC that the study asks for.
        transfer: One row per measure, target and source (figure 4), where measures are known.
        sentences: What the evidence supports, one sentence per target.
        warnings: What a reader must know before believing a number.
        versions: Package name to version.
        targets: Name of each target to that of its dataset; a target that is not in it is named
            like its dataset.

    Raises:
        DataError: If a table lacks a column.
    """

    title: str
    study_toml: str
    share: bool
    created: str
    metric: str
    interval_note: str
    datasets: pd.DataFrame
    sources: pd.DataFrame
    recipes: pd.DataFrame
    runs: pd.DataFrame
    pretrain: pd.DataFrame
    results: pd.DataFrame
    summary: pd.DataFrame
    roc: pd.DataFrame
    tuning: pd.DataFrame
    histories: pd.DataFrame
    curves: pd.DataFrame
    steps: pd.DataFrame
    transfer: pd.DataFrame
    leaks: pd.DataFrame
    worth: pd.DataFrame
    claims: pd.DataFrame
    samples: Mapping[str, Sequence[tuple[str, bytes]]]
    leak_pictures: Sequence[tuple[str, bytes]]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    versions: Mapping[str, str]
    targets: Mapping[str, str]

    def __post_init__(self) -> None:
        for table, columns in COLUMNS.items():
            missing = [name for name in columns if name not in getattr(self, table).columns]
            if missing:
                raise DataError(
                    f"The report's table {table!r} lacks the column(s) {', '.join(missing)}; "
                    f"expected {', '.join(columns)}."
                )

    @property
    def score(self) -> str:
        """The metric as a reader knows it."""
        return score_title(self.metric)


def score_title(metric: str) -> str:
    """Return the title of a metric, or its name in words if it is not in `METRICS`.

    Example:
        >>> score_title("auc_weighted_ovr"), score_title("mean_dice")
        ('AUC', 'mean dice')
    """
    known = METRICS.get(metric)
    return known.title if known else metric.replace("_", " ")


def first_seen(names: Iterable[T]) -> dict[T, int]:
    """Return the place at which each name is first seen: the order of the study file.

    Example:
        >>> first_seen(["b", "a", "b"])
        {'b': 0, 'a': 1}
    """
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def with_panel(contents: ReportContents, frame: pd.DataFrame) -> pd.DataFrame:
    """Put a column ``panel`` first: the network, arm and label of a row, as far as they vary.

    A study with one network and one arm has one panel, whose name is empty.
    """
    used = pd.concat([contents.runs, contents.results], ignore_index=True)
    axes = [
        name
        for name in ("network", "arm", "label")
        if name in frame.columns and used[name].replace("", pd.NA).nunique() > 1
    ]
    names = [
        " · ".join(str(part) for part in parts if pd.notna(part) and part != "")
        for parts in frame[axes].itertuples(index=False)
    ]
    rest = frame.drop(columns="panel", errors="ignore")
    rest.insert(0, "panel", pd.Series(names, index=rest.index, dtype=object))
    return rest
