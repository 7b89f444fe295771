from pathlib import Path

import pytest

from warmstart.errors import UnknownNameError
from warmstart.measures import Measure, known_measures
from warmstart.reports.cell_texts import MISSING
from warmstart.studies.measure_list import (
    BEGIN,
    END,
    measure_details,
    measure_lines,
    measure_markdown,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "measures.md"

MEAN = Measure(
    name="mean",
    title="mean feature",
    kind="score",
    function="numpy:mean",
    needs=("features",),
    higher_is_better=True,
    formula="sum x_ij / n d",
    range="any number",
    reference="none",
    misleads="always",
    cost="n d",
)


def test_every_measure_is_a_line():
    assert list(measure_lines({"mean": MEAN, "other": MEAN})) == [
        "mean   score  higher is better  features  mean feature",
        "other  score  higher is better  features  mean feature",
    ]


def test_the_details_of_a_measure():
    lines = list(measure_details("nce"))
    assert lines[0] == "nce: NCE"
    assert lines[1:4] == [
        "  kind       score",
        "  direction  higher is better",
        "  needs      source_probabilities, labels",
    ]
    assert lines[-1] == "  function   warmstart.measures.nce:nce"


def test_an_unknown_measure_gets_the_nearest_one():
    with pytest.raises(UnknownNameError, match=r"Unknown measure 'logm'. Did you mean 'logme'\?"):
        list(measure_details("logm"))


def test_the_page_of_a_measure():
    text = measure_markdown({"mean": MEAN})
    assert "| [`mean`](#mean) | mean feature | score | higher is better | features |" in text
    same, changes = "same", "changes"
    cells = [same, MISSING, MISSING, same, changes, changes, changes, changes, same, changes]
    cells.append("a value")
    assert f"| `mean` | {' | '.join(cells)} |" in text
    assert text.endswith(
        "\n## `mean`\n\nmean feature.\n\n- **kind**: score\n- **direction**: higher is better\n"
        "- **needs**: `features`\n- **formula**: `sum x_ij / n d`\n- **range**: any number\n"
        "- **misleads**: always\n- **cost**: n d\n- **reference**: none\n"
        "- **function**: `numpy:mean`\n"
    )


def test_the_documentation_is_that_of_the_table():
    """`warmstart measures list --format markdown` prints it."""
    text = PAGE.read_text("utf-8").partition(f"{BEGIN}\n")[2].partition(END)[0]
    assert text == measure_markdown(known_measures()[0])
