"""The commands about measures, as a user meets them."""

import sys
from importlib.metadata import EntryPoint

import pytest

from small_study import warmstart
from warmstart.cli.main import main
from warmstart.measures import MEASURES, table


def test_the_measures_are_listed():
    output, messages = warmstart("measures", "list")
    assert [line.split()[0] for line in output.splitlines()] == list(MEASURES)
    assert output.splitlines()[0].split() == [
        "logme", "score", "higher", "is", "better", "features,", "labels", "LogME"
    ]  # fmt: skip
    assert messages == ""


def test_one_measure_is_told_in_full():
    output, _ = warmstart("measures", "list", "h_score")
    assert output.splitlines()[:3] == [
        "h_score: H-score",
        "  kind       score",
        "  direction  higher is better",
    ]
    assert "K - 1 whatever the features are" in output


@pytest.fixture
def broken(monkeypatch):
    """An installed package whose measure cannot be imported."""
    point = EntryPoint("broken", "no_such_package:MEASURE", "warmstart.measures")
    monkeypatch.setattr(table, "entry_points", lambda group: [point])
    table.measures.cache_clear()
    yield
    table.measures.cache_clear()


@pytest.mark.usefixtures("broken")
def test_a_broken_package_does_not_stop_the_list(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["warmstart", "measures", "list"])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    output, messages = capsys.readouterr()
    assert len(output.splitlines()) == len(MEASURES)
    assert messages == (
        "warning: Measure 'broken' (no_such_package:MEASURE) cannot be loaded: No module named "
        "'no_such_package'. Repair or uninstall the package it comes from.\n"
    )
