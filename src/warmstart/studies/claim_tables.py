"""What a study recorded that decides its claims."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from warmstart.analysis.claim_differences import compare_claims
from warmstart.analysis.claim_numbers import KEPT_COLUMNS, numbers_of
from warmstart.analysis.claim_relations import relate_claims
from warmstart.analysis.claims import STAGE, together
from warmstart.analysis.tidy import RESULTS
from warmstart.studies.claims import claims_of
from warmstart.studies.config import Study
from warmstart.studies.consistency import target_datasets
from warmstart.studies.evidence import measures_file, measures_of, tidy_of_study

KEPT = "kept.csv"
PRETRAIN_ACCURACY = "pretrain_accuracy"
"""What claims call the accuracy of ``pretrain.csv``."""


def compare_study(
    study: Study,
    folder: Path,
    results: pd.DataFrame,
    planned: pd.DataFrame,
    *,
    steps: pd.DataFrame,
    pretrain: pd.DataFrame,
) -> pd.DataFrame:
    """Make every comparison that the claims of a study are about.

    Args:
        study: The study.
        folder: Its folder, which may hold ``kept.csv`` and ``measures.csv``.
        results: Results of the chosen runs (``results.csv``).
        planned: Planned fine-tunings: columns network, source, arm, target.
        steps: ``steps.csv``; without rows where no threshold is named.
        pretrain: ``pretrain.csv``.

    Returns:
        Columns of `warmstart.analysis.claims.COLUMNS`.

    Raises:
        DataError: If a claim relates and ``measures.csv`` is no table of measures.
    """
    claims, metric = claims_of(study), study.protocol.metric
    numbers = numbers_of(results, metric, steps=steps, kept=read_kept(folder))
    tables = [compare_claims(claims, numbers, planned)]
    if any(claim.relate for claim in claims):
        accuracies = _accuracies(pretrain, target_datasets(study))
        related = relate_claims(
            claims,
            _tidy(study, results, folder),
            measures_of(measures_file(folder), *accuracies).table,
            planned,
            metric,
            baseline=study.protocol.baseline,
            baseline_per=study.protocol.baseline_per,
        )
        tables.append(related)
    return together(tables)


def read_kept(folder: Path) -> pd.DataFrame:
    """Read ``kept.csv`` of a study folder; a table without rows where there is none."""
    file = folder / KEPT
    if not file.is_file():
        return pd.DataFrame(columns=KEPT_COLUMNS)
    texts = dict.fromkeys(["network", "source", "arm", "target", STAGE], str)
    missing: Any = {"kept": [""], "unrelated": [""]}
    return pd.read_csv(file, dtype=texts, keep_default_na=False, na_values=missing)


def _tidy(study: Study, results: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """The results in the tidy form; of none, a table without rows."""
    if results.empty:
        return pd.DataFrame(columns=RESULTS)
    return tidy_of_study(study, results, folder)


def _accuracies(pretrain: pd.DataFrame, targets: Iterable[str]) -> list[dict[str, object]]:
    """Rows of a table of measures: test accuracy of each pretraining, for every target."""
    means = pretrain.groupby(["network", "source"])["test_accuracy"].mean().reset_index()
    return [
        {"network": row["network"], "source": row["source"], "target": target}
        | {"measure": PRETRAIN_ACCURACY, "value": row["test_accuracy"], "higher_is_better": True}
        for row in means.to_dict("records")
        for target in targets
    ]
