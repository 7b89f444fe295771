"""What is said beside the numbers."""

import numpy as np

from made_tables import made_measures, made_results, tidy
from warmstart.analysis.cells import cells_of
from warmstart.analysis.evidence_notes import partly_no_baseline, unmatched


def notes(results, baseline="random"):
    cells, _ = cells_of(tidy(results)[0], "auc", baseline=baseline)
    return partly_no_baseline(cells, baseline)


def test_targets_without_a_baseline_are_named_with_what_follows():
    results = made_results(sources=3, targets=4)
    random, target = results["source"] == "random", results["target"]
    assert notes(results) == []
    several = results[~(random & target.isin(["t1", "t3"]))]
    assert notes(several) == [
        "On t1, t3 some or all candidates lack a baseline (a source called 'random', in the same "
        "seed and fold). A measure that speaks of one of these compares pairs of all targets by "
        "AUC points above their target's mean, not in percent of the baseline. Add its runs, or "
        "name another with --baseline."
    ]
    early = results["fold"] < 2
    apart = np.where(results["source"] == "s1", early, ~early)
    assert notes(results[(target != "t2") | apart])[0].startswith("On t2 some or all candidates")


def test_the_baseline_of_the_first_paper_is_called_like_its_target():
    results = made_results(sources=3, targets=2).replace({"source": {"s2": "t0"}})
    assert notes(results, "paper")[0].startswith(
        "On t1 some or all candidates lack a baseline (a source called like its target, in the "
    )


def lone(results, *measured, baseline="random"):
    return unmatched(*tidy(results, *measured), baseline)


def test_names_that_stand_in_one_table_only_are_told():
    results = made_results(sources=3, targets=2)
    measures = made_measures(results, 0)
    assert lone(results, measures) == []
    assert lone(results) == []
    assert lone(results.iloc[:0], measures) == []
    assert lone(results, measures, baseline="paper") == [
        "Results have sources without measures: random."
    ]
    other = measures.replace({"target": {"t1": "T1"}, "source": {"s0": "s9", "s2": "S2"}})
    assert lone(results, other) == [
        "Measures speak of sources without results: S2, s9.",
        "Results have sources without measures: s0, s2.",
        "Measures speak of targets without results: T1.",
        "Results have targets without measures: t1.",
    ]
    empty = results.assign(value=results["value"].where(results["target"] != "t1"))
    assert lone(empty, measures) == ["Measures speak of targets without results: t1."]


def test_networks_are_told_unless_a_measure_speaks_of_all():
    results = made_results(sources=3, targets=2)
    measures = made_measures(results, 0)
    ours, theirs = results.assign(network="n"), measures.assign(network="m")
    assert lone(ours, theirs) == [
        "Measures speak of networks without results: m.",
        "Results have networks without measures: n.",
    ]
    assert lone(results, theirs)[1] == "Results have networks without measures: (no name)."
    assert lone(ours, measures) == []
    assert lone(ours, measures, theirs.assign(measure="other")) == []


def test_of_many_names_the_first_are_told():
    results = made_results(sources=3, targets=1)
    many = made_measures(made_results(sources=13, targets=1), 0)
    assert lone(results, many) == [
        "Measures speak of sources without results: s10, s11, s12, s3, s4, s5, s6, s7 and 2 more."
    ]
