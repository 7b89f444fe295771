"""The tables of a recommendation as a person reads them: each number with its interval."""

from collections.abc import Iterable

import pandas as pd

from warmstart.analysis.practical import COUNTS
from warmstart.reports.answer_contents import AnswerContents
from warmstart.reports.cell_texts import MINUS, MISSING, interval_text, score_text


def ranking_table(contents: AnswerContents) -> pd.DataFrame:
    """Return one row per starting point; columns that say nothing are left out of the page."""
    rows = contents.ranking
    return pd.DataFrame(
        {
            "start": rows["start"],
            "verdict": rows["verdict"].str.replace(" ", "\N{NO-BREAK SPACE}"),
            contents.score: _scores(rows, "auc", "low", "high"),
            "folds": rows["trainings"].map(_unbroken),
            "predicted gain": _points(rows),
            "best": _shares(rows["best"]),
            f"within {COUNTS:g}": _shares(rows["within"]),
            "kNN": rows["knn"].map(score_text),
            "linear probe": rows["linear_probe"].map(score_text),
            "GFLOP": rows["gflop"].map("{:.2f}".format),
            "licence": rows["licence"],
        }
    ).replace(MISSING, "")


def training_table(contents: AnswerContents) -> pd.DataFrame:
    """Return one row per training."""
    rows = contents.trainings
    return pd.DataFrame(
        {
            **{name: rows[name] for name in ("start", "training", "fold", "epochs")},
            contents.score: _scores(rows, "value", "low", "high"),
            **{name: rows[name] for name in ("n_train", "n_test", "seconds", "failed")},
        }
    )


def number_table(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per class of an assessment."""
    return pd.DataFrame(
        {
            **{name: numbers[name] for name in ("class", "images", "positive")},
            "AUC": _scores(numbers, "auc", "auc_low", "auc_high"),
            **{
                title: _scores(numbers, name, f"{name}_low", f"{name}_high")
                for title, name in (
                    ("calibration error", "calibration_error"),
                    ("Brier score", "brier"),
                )
            },
        }
    )


def judged_table(judged: pd.DataFrame) -> pd.DataFrame:
    """Return one row per way to choose."""
    mean = _scores(judged, "mean", "low", "high")
    return judged[["quantity", "way to choose"]].assign(**{"mean over targets": mean})


def _scores(rows: pd.DataFrame, *names: str) -> list[str]:
    return [
        _unbroken(f"{score_text(value)} {interval_text(low, high)}".strip())
        for value, low, high in rows[list(names)].itertuples(index=False)
    ]


def _points(rows: pd.DataFrame) -> list[str]:
    names = ["predicted", "predicted_low", "predicted_high"]
    return [
        MISSING if pd.isna(value) else _unbroken(f"{value:+.1f} [{low:+.1f}, {high:+.1f}]")
        for value, low, high in rows[names].itertuples(index=False)
    ]


def _shares(values: Iterable[float]) -> list[str]:
    return [MISSING if pd.isna(v) else _unbroken(f"{100 * v:.0f} %") for v in values]


def _unbroken(text: str) -> str:
    """On one line, with a true minus."""
    return text.replace(" ", "\N{NO-BREAK SPACE}").replace("-", MINUS)
