"""What repeats of the trainings say of each other."""

import numpy as np
import pytest

from made_tables import ask, made_measures, made_results, row, tidy
from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.ceiling import HALF, ONE, ceiling
from warmstart.analysis.cells import cells_of


def test_the_ceiling_is_what_half_of_the_repeats_say_of_the_others():
    still, noisy = (made_results(noise=n, repeats=6) for n in (1e-6, 0.05))
    tops = []
    for results in (still, noisy):
        cells, _ = cells_of(tidy(results)[0], "auc")
        values = ceiling(cells, single=False, rng=np.random.default_rng(0))
        tops.append(dict(zip(STATISTICS, values.mean(axis=0), strict=True)))
    assert tops[0]["kendall"] == pytest.approx(1.0)
    assert tops[1]["kendall"] < 0.7
    found = ask(noisy, made_measures(noisy, 0.02))
    tau, top = (row(found, m, "kendall") for m in ("good", HALF))
    assert tau["ceiling_share"] == pytest.approx(tau["value"] / top["value"])


def test_one_repeat_has_no_ceiling_and_no_interval_over_folds():
    results = made_results(repeats=1)
    found = ask(results, made_measures(results, 0.02))
    assert HALF not in set(found.agreement["measure"])
    assert found.agreement[["folds_low", "ceiling_share"]].isna().all(axis=None)


def test_half_of_three_repeats_is_one_repeat_and_shown_once():
    few, many = (made_results(noise=0.02, repeats=n) for n in (3, 4))
    found = ask(few, made_measures(few, 0.02))
    assert set(found.agreement.query("kind == 'ceiling'")["measure"]) == {ONE}
    tau, top = (row(found, m, "kendall") for m in ("good", ONE))
    assert tau["ceiling_share"] == pytest.approx(tau["value"] / top["value"])
    found = ask(many, made_measures(many, 0.02))
    assert set(found.agreement.query("kind == 'ceiling'")["measure"]) == {HALF, ONE}
