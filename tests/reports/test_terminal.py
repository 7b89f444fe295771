import io
from dataclasses import replace

from rich.console import Console

from warmstart.reports.terminal import rich_summary, summary_lines


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


def printed(contents, *, width=80):
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="standard")
    for part in rich_summary(contents):
        console.print(part)
    return console.file.getvalue()


def test_plain_lines_are_exactly_these(contents):
    assert "\n".join(summary_lines(small(contents))) == PLAIN


def test_plain_lines_fit_80_columns(contents):
    assert max(len(line) for line in summary_lines(contents)) <= 80


def test_rich_tables_fit_80_columns_without_cutting_anything(contents):
    text = printed(small(contents))
    for word in ("(+12.3 %)", "not told apart", "[0.815, 0.875]", "converge"):
        assert word in text
    first_column = "".join(line[2:].split(" ")[0] for line in text.splitlines())
    assert "a-source-with-a-name-of-more-than-24-characters" in first_column
    assert "…" not in text


def test_the_highest_mean_is_bold(contents):
    bold = [line for line in printed(small(contents)).splitlines() if "0.8" in line]
    assert "\x1b[1m" in next(line for line in bold if "imagenet" in line)
    assert "\x1b[1m" not in next(line for line in bold if "textures" in line)


def test_names_can_neither_steer_the_terminal_nor_be_taken_for_markup(contents):
    hostile = "[bold red]\x1b[31mx"
    study = replace(contents, summary=contents.summary.replace({"lesions": hostile}))
    assert "\x1b[31m" not in printed(study)
    assert "[bold red]" in printed(study)
    assert "\x1b" not in "\n".join(summary_lines(study))


def test_no_results_print_the_warnings_only(unfinished):
    assert all(line.startswith("Note:") or "images" in line for line in summary_lines(unfinished))
