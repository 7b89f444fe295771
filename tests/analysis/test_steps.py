import math

import numpy as np
import pandas as pd
import pytest

from warmstart.analysis.steps import COLUMNS, steps_table

PLACE = {"network": "n", "arm": "full", "target": "t", "seed": 0}


def curve(source, steps, aucs, fold=0):
    return pd.DataFrame({"step": steps, "auc": aucs}).assign(**PLACE, source=source, fold=fold)


def test_an_exponential_rise_crosses_where_its_inverse_says():
    """AUC 1 - exp(-t / tau) / 2 is first at least a at t = -tau log(2 (1 - a))."""
    steps = np.arange(25, 5001, 25)
    taus = {"slow": 900.0, "fast": 150.0}
    parts = [curve(s, steps, 1 - np.exp(-steps / tau) / 2) for s, tau in taus.items()]
    for threshold in (0.6, 0.91, 0.95):
        table = steps_table(pd.concat(parts), threshold).set_index("source")
        for source, tau in taus.items():
            exact = -tau * math.log(2 * (1 - threshold))
            assert table.loc[source, "crossed"] == 25 * math.ceil(exact / 25)
            assert table.loc[source, "stayed"] == table.loc[source, "crossed"]


@pytest.mark.parametrize(
    ("aucs", "crossed", "stayed"),
    [
        ([0.5, 0.91, 0.95, 0.99], 20, 20),  # reaching it exactly is enough
        ([0.5, 0.92, 0.90, 0.93], 20, 40),
        ([0.95, 0.92, 0.95, 0.93], 10, 10),
        ([0.5, 0.92, 0.95, 0.90], 20, None),  # lost again at the end
        ([0.5, 0.92, math.nan, 0.95], 20, 40),  # an unknown AUC reaches nothing
        ([0.5, 0.6, 0.7, 0.8], None, None),
    ],
)
def test_crossing_and_staying(aucs, crossed, stayed):
    for order in (slice(None), slice(None, None, -1)):
        (row,) = steps_table(curve("s", [10, 20, 30, 40], aucs)[order], 0.91).to_dict("records")
        assert [None if pd.isna(row[name]) else row[name] for name in ("crossed", "stayed")] == [
            crossed,
            stayed,
        ]
        assert (row["threshold"], row["measured_to"]) == (0.91, 40)


def test_runs_keep_their_order_and_what_is_never_reached_is_an_empty_cell():
    runs = [curve("b", [10], [0.95]), curve("a", [10], [0.5]), curve("b", [20], [0.99], fold=1)]
    table = steps_table(pd.concat(runs), 0.9)
    assert table.to_csv(index=False, lineterminator="\n") == (
        f"{','.join(COLUMNS)}\n"
        "n,b,full,t,0,0,0.9,10,10,10\n"
        "n,a,full,t,0,0,0.9,,,10\n"
        "n,b,full,t,0,1,0.9,20,20,20\n"
    )


def test_without_curves_the_table_has_its_columns_only():
    empty = pd.DataFrame(
        columns=["network", "source", "arm", "target", "seed", "fold", "step", "auc"]
    )
    table = steps_table(empty, 0.9)
    assert list(table.columns) == COLUMNS
    assert table.empty
