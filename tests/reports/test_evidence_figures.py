"""Every figure of evidence, over their table; and what the terminal shows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from made_tables import made_measures, made_results, tidy
from warmstart.analysis.evidence import Question, evidence
from warmstart.reports.critical_difference import groups
from warmstart.reports.evidence_figures import EVIDENCE_FIGURES, save_evidence_figures
from warmstart.reports.evidence_lines import evidence_lines
from warmstart.reports.figure import Figure
from warmstart.reports.look import look_of, specification, svg

QUESTION = Question(metric="auc", resamples=100, permutations=200)
every = pytest.mark.parametrize("figure", EVIDENCE_FIGURES.values(), ids=lambda figure: figure.name)


@pytest.fixture(scope="module")
def found():
    results = made_results(noise=0.02, sources=5, targets=3, shared=0.8)
    near = made_measures(results, 0.02, "near", higher=False)
    return evidence(*tidy(results, near, made_measures(results, 0.05, "score")), QUESTION)


def few(found, count):
    ranks = replace(found.ranks, table=found.ranks.table.iloc[:count])
    return replace(found, points=found.points.iloc[:count], ranks=ranks)


def drawn(figure, found):
    look = look_of(found.points["source"], "AUC")
    return svg(specification(figure.draw(figure.table(found), look)))


@every
@pytest.mark.parametrize("count", [0, 1])
def test_draws_from_none_and_from_one_row(figure: Figure, found, count):
    assert drawn(figure, few(found, count)).startswith("<svg")


@every
def test_table_has_the_documented_columns_and_the_drawing_no_address(figure, found):
    assert list(figure.table(found).columns) == list(figure.columns)
    spec = specification(figure.draw(figure.table(found), look_of([], "AUC")))
    assert "$schema" not in spec


@every
def test_every_source_is_named(figure: Figure, found):
    picture = drawn(figure, found)
    wanted = found.points["target" if figure.name == "transfer" else "source"]
    assert all(name in picture for name in set(wanted))


@every
def test_hostile_names_stay_text(figure: Figure, found):
    hostile = "</script><script>alert(1)</script>'\"\\"
    points = found.points.replace({"s1": hostile, "t1": hostile})
    ranks = replace(found.ranks, table=found.ranks.table.replace({"s1": hostile}))
    assert "<script" not in drawn(figure, replace(found, points=points, ranks=ranks))


def test_groups_are_all_within_the_critical_difference_and_cannot_grow(found):
    for difference in (0.0, 0.5, 1.1, 2.0, 9.0):
        ranks = replace(found.ranks, critical_difference=difference)
        values = ranks.table["rank"].tolist()
        joined = [(low, high) for _, low, high in groups(ranks)]
        for i, low in enumerate(values):
            for high in values[i + 1 :]:
                inside = any(a <= low and high <= b for a, b in joined)
                assert inside == (high - low <= difference)


def test_figures_are_written_with_their_tables(found, tmp_path):
    files = save_evidence_figures(found, QUESTION, tmp_path)
    assert sorted(path.name for path in files) == sorted(
        f"{name}.{suffix}" for name in EVIDENCE_FIGURES for suffix in ("csv", "svg")
    )
    assert all(path.stat().st_size > 100 for path in files)


def test_the_terminal_shows_measures_before_baselines_before_the_ceiling(found):
    lines = list(evidence_lines(found, QUESTION))
    assert lines[0] == "Agreement with auc within each of 3 targets, then averaged"
    starts = [next(i for i, line in enumerate(lines) if line.startswith(name)) for name in
              ("near", "random choice", "half of the repeats")]  # fmt: skip
    assert starts == sorted(starts)
    assert any(line.startswith("Across 3 targets s") for line in lines)
    assert max(map(len, lines)) <= 120


def test_p_is_in_brackets_where_it_is_not_corrected(found):
    lines = list(evidence_lines(found, QUESTION))
    table = found.agreement.query("scope == 'within' and statistic == 'weighted_tau'")
    own = table.set_index("measure")
    for name, shown in (("near", "{p_holm:.3f}"), ("prior", "({p:.3f})")):
        line = next(line for line in lines if line.startswith(f"{name} "))
        assert f" {shown.format(**own.loc[name])} " in line
    text = " ".join(lines)
    assert "the same way on every target, in all 120 ways; corrected for the number of" in text
    few = replace(found, permutations=10_000, exact=False)
    assert "on every target, up to 10,000 times; corrected" in " ".join(
        evidence_lines(few, QUESTION)
    )


def test_a_p_that_would_be_shown_as_zero_is_not(found):
    small = replace(found, agreement=found.agreement.assign(p_holm=0.0004))
    line = next(line for line in evidence_lines(small, QUESTION) if line.startswith("near "))
    assert " <0.001 " in line


def test_the_prior_on_the_same_candidates_stands_beside_tau_and_regret(found):
    lines = list(evidence_lines(found, QUESTION))
    own = found.agreement.query("scope == 'within' and measure == 'near'").set_index("statistic")
    cells = next(line for line in lines if line.startswith("near ")).split("  ")
    cells = [cell.strip() for cell in cells if cell.strip()]
    assert cells[2] == f"{own.loc['weighted_tau', 'prior']:.3f}"
    assert cells[6:8] == [f"{own.loc['regret_1', column]:.2f}" for column in ("value", "prior")]


@pytest.mark.parametrize(
    ("ranks", "sentence"),
    [
        ([1.0, 2.0, 3.0], "Across 3 targets a has the best mean rank (1.00 of 3); "),
        ([1.5, 1.5, 3.0], "Across 3 targets a and b share the best mean rank (1.50 of 3); "),
        ([2.0, 2.0, 2.0], "Across 3 targets all 3 candidates have the same mean rank (2.00); "),
    ],
)
def test_who_is_first_is_said_of_all_who_are(found, ranks, sentence):
    table = pd.DataFrame({"candidate": list("abc"), "rank": ranks})
    tied = replace(found, ranks=replace(found.ranks, table=table))
    assert sentence in " ".join(evidence_lines(tied, QUESTION))


def test_one_target_is_no_mean():
    results = made_results(sources=4, targets=1)
    found = evidence(*tidy(results, made_measures(results, 0.02)), QUESTION)
    assert next(evidence_lines(found, QUESTION)) == "Agreement with auc within 1 target"


def legend(found, question=QUESTION):
    lines = list(evidence_lines(found, question))
    start = next(i for i, line in enumerate(lines) if line.startswith("[targets]"))
    return " ".join(lines[start : lines.index("", start)])


def test_the_legend_says_what_varies_in_the_intervals(found):
    assert legend(replace(found, exact=False, permutations=100_000)) == (
        "[targets]: 95 % interval, Student's t over 3 targets, scores and baselines held fixed. "
        "prior: the same of the prior, choosing among what the measure speaks of. [folds]: 95 % "
        "interval, bootstrap over folds and seeds; noise added to noise moves it down. ceiling: in "
        "percent of what repeats of the same runs say of the others. p: candidates permuted, the "
        "same way on every target, up to 100,000 times; corrected for the number of measures "
        "(Holm), or in brackets not. regret: AUC points lost, against the best of all candidates, "
        "by taking the first, or the best of the first 3; agreement.csv (--out) has the intervals "
        "of the other columns."
    )
    many = replace(found, targets=11, origins=9)
    assert "95 % interval, bootstrap over 9 origins of 11 targets, scores" in legend(many)
    accuracy = replace(QUESTION, metric="accuracy")
    assert "regret: points of accuracy lost" in legend(found, accuracy)


def test_the_legend_says_why_an_interval_is_missing(found):
    columns = ["targets_low", "targets_high", "folds_low", "folds_high"]
    bare = replace(found, agreement=found.agreement.assign(**dict.fromkeys(columns, np.nan)))
    assert legend(bare).startswith(
        "[targets]: none, since all targets are of one origin. prior: the same of the prior, "
        "choosing among what the measure speaks of. [folds], ceiling: none, since some target has "
        "one repeat (fold or seed) only. p: "
    )


def test_rankings_by_several_networks_are_said_to_be_of_as_many_targets_as_there_are(found):
    more = replace(found, places=6)
    assert next(evidence_lines(more, QUESTION)) == (
        "Agreement with auc within each of 3 targets, then averaged (6 rankings)"
    )


def test_candidates_without_a_result_everywhere_are_named(found):
    ranks = replace(found.ranks, left_out=("b", "c"), p=0.0)
    text = " ".join(evidence_lines(replace(found, ranks=ranks), QUESTION))
    assert "; Friedman p <0.001, mean ranks" in text
    assert "Without a result on every target, left out here: b, c." in text
