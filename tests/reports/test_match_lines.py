import pytest

from warmstart.analysis.published.matches import Match, match_table
from warmstart.reports.match_lines import match_lines

SAME = Match(quantity="tau", published=0.5, recomputed=0.5)
OTHER = Match(quantity="regret", published=0.5, recomputed=0.7)
NEEDS = Match(quantity="correlation", published=70.28, needs="the probe sets")
OURS = Match(quantity="accuracies", recomputed=196.0)


@pytest.mark.parametrize(
    ("matches", "ending"),
    [
        (
            [SAME, OTHER, NEEDS, NEEDS],
            ["1 of 2 published numbers agree.", "2 lines: needs the probe sets."],
        ),
        ([OTHER], ["0 of 1 published numbers agree."]),
        (
            [OURS, NEEDS],
            [
                "No published number can be computed from these tables, so that none is compared.",
                "1 line: needs the probe sets.",
            ],
        ),
    ],
)
def test_the_last_lines_say_how_many_agree(matches, ending):
    lines = list(match_lines("A paper", match_table(matches)))
    assert lines[0] == "A paper"
    assert lines[-len(ending) - 1 :] == ["", *ending]
