"""Targets that are drawn again and candidates that change places."""

import numpy as np
import pytest

from made_tables import made_results, tidy
from warmstart.analysis.cells import cells_of
from warmstart.analysis.resamples import ENOUGH, FIRST, draw


def test_targets_of_one_origin_are_drawn_together():
    results = made_results()
    results["origin"] = np.where(results["target"].isin(["t0", "t1"]), "scans", "")
    cells, _ = cells_of(tidy(results)[0], "auc")
    draws = draw(cells, resamples=50, seed=0, permutations=50)
    assert draws.distinct(np.full(6, True)) == 5
    assert (draws.drawn[:, 0] == draws.drawn[:, 1]).all()
    assert (draws.drawn[:, 0] != draws.drawn[:, 2]).any()


def test_candidates_change_places_in_the_same_way_on_every_target():
    results = made_results()
    cells, _ = cells_of(tidy(results)[0], "auc")
    draws = draw(cells, resamples=50, seed=0, permutations=50)
    scores = np.arange(9.0)
    first, other = (draws.permuted(cell.names, scores) for cell in cells[:2])
    assert (first == other).all()
    assert (np.sort(first, axis=1) == scores).all()


@pytest.mark.parametrize("most", [10_000, 20])
def test_those_who_are_there_change_places_among_themselves(most):
    results = made_results(sources=5)
    cells, _ = cells_of(tidy(results[results["source"] != "random"])[0], "auc")
    draws = draw(cells, resamples=10, seed=0, permutations=most)
    assert (len(draws.orders), draws.exact) == ((120, True) if most > 120 else (20, False))
    some = [cells[0].names[i] for i in (0, 2, 3)]
    moved = draws.permuted(some, np.array([0.0, 2.0, 3.0]))
    for order, told in zip(draws.orders.tolist(), moved.tolist(), strict=True):
        expected = []
        for number in (0, 2, 3):
            after = order[number]
            while after not in (0, 2, 3):
                after = order[after]
            expected.append(after)
        assert told == expected
    if draws.exact:
        counts = np.unique(moved, axis=0, return_counts=True)[1]
        assert counts.tolist() == [20] * 6


@pytest.mark.parametrize(("as_good", "looked_at"), [(0.3, FIRST), (0.004, 30_000), (0.0, 60_000)])
def test_permutations_are_looked_at_until_p_is_known_well(as_good, looked_at):
    cells, _ = cells_of(tidy(made_results(sources=9))[0], "auc")
    draws = draw(cells, resamples=1, seed=0, permutations=60_000)
    told = np.random.default_rng(1).random(60_000) < as_good
    seen = []

    def judge(rows):
        seen.append(told[rows])
        return seen[-1][:, None].astype(float)

    p = draws.p_value(np.array([1.0]), judge, np.array([True]), width=1)
    looked = np.concatenate(seen)
    assert len(looked) == looked_at
    assert p == pytest.approx((looked.sum() + 1) / (len(looked) + 1))
    assert looked.sum() >= ENOUGH or len(looked) == 60_000
