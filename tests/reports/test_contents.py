from dataclasses import replace

import pytest

from warmstart.errors import DataError


def test_a_missing_column_is_named(contents):
    with pytest.raises(DataError) as caught:
        replace(contents, roc=contents.roc.drop(columns="curve"))
    assert str(caught.value) == (
        "The report's table 'roc' lacks the column(s) curve; expected network, source, arm, "
        "target, curve, false_positive_rate, true_positive_rate."
    )


@pytest.mark.parametrize(
    ("metric", "title"),
    [
        ("auc_weighted_ovr", "AUC"),
        ("auc_macro_ovr", "macro AUC"),
        ("balanced_accuracy", "balanced accuracy"),
        ("my_own_metric", "my own metric"),
    ],
)
def test_the_score_is_called_by_the_metrics_title(contents, metric, title):
    assert replace(contents, metric=metric).score == title
