from dataclasses import replace

import pandas as pd

from warmstart.reports.page import render
from warmstart.reports.terminal import summary_lines


def small(contents):
    means = [0.845, 0.811, 0.781, 0.722]
    names = ["imagenet", "textures", "a-source-with-a-name-of-more-than-24-characters", "random"]
    summary = contents.summary[contents.summary["target"] == "lesions"].assign(
        source=names,
        mean=means,
        low=[m - 0.03 for m in means],
        high=[m + 0.03 for m in means],
        transferability=[100 * (m - 0.722) / 0.722 for m in means],
        best=[True, False, False, False],
        told_apart=[None, False, True, True],
    )
    return replace(
        contents,
        summary=summary,
        sentences=("lesions: imagenet or textures; the folds cannot tell them apart.",),
        warnings=("photos: no groups are known.",),
    )


PLAIN = """\
lesions
source                    AUC    interval        transferability  verdict
imagenet *                0.845  [0.815, 0.875]  (+17.0 %)        highest
textures                  0.811  [0.781, 0.841]  (+12.3 %)        not told apart
a-source-with-a-name-of-more-than-24-characters
                          0.781  [0.751, 0.811]  (+8.2 %)         lower
random                    0.722  [0.692, 0.752]  (baseline)       lower

Transferability in round brackets (lesions): 2 of 3 baseline runs did not
converge
lesions: imagenet or textures; the folds cannot tell them apart.
Note: photos: no groups are known."""


def test_plain_lines_are_exactly_these(contents):
    assert "\n".join(summary_lines(small(contents))) == PLAIN


def test_plain_lines_fit_80_columns(contents):
    assert max(len(line) for line in summary_lines(contents)) <= 80


def test_names_cannot_steer_the_terminal(contents):
    hostile = "[bold red]\x1b[31mx"
    study = replace(contents, summary=contents.summary.replace({"lesions": hostile}))
    assert "\x1b" not in "\n".join(summary_lines(study))


def test_a_long_warning_is_shortened(contents):
    text = " ".join(summary_lines(replace(contents, warnings=("long " * 200,))))
    assert text.endswith("long lo...")
    assert text.count("long") == 79


def test_the_verdict_on_a_claim_is_one_passage(contents):
    claims = pd.DataFrame(
        [
            ("a", "ImageNet is best", "Figure 3", "fails", "1 of 2 comparisons: a to b on t"),
            ("b", "Textures help", "", "undecided", "1 of 1 comparison: a to b on t (no results)"),
        ],
        columns=["claim", "says", "cite", "verdict", "why"],
    )
    lines = "\n".join(summary_lines(replace(small(contents), claims=claims))).splitlines()
    assert "Fails: ImageNet is best (Figure 3). 1 of 2 comparisons: a to b on t." in lines
    text = " ".join(lines)
    assert "Undecided: Textures help. 1 of 1 comparison: a to b on t (no results)." in text
    page = render(replace(contents, claims=claims))
    assert "<h3>Claims</h3>" in page
    assert "<td>ImageNet is best</td><td>fails</td>" in page
    assert "<h3>Claims</h3>" not in render(contents)
