import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

import warmstart.measures.table as table
from warmstart import measures
from warmstart.core.names import lookup
from warmstart.errors import ConfigError, UnknownNameError


@pytest.fixture
def packages(monkeypatch):
    """One package whose measure cannot be imported, and one whose measure is none."""
    points = [
        EntryPoint("broken", "no_such_package:MEASURE", "warmstart.measures"),
        EntryPoint("odd", "math:pi", "warmstart.measures"),
        EntryPoint("ours", "warmstart.measures.rows.scores:SCORES", "warmstart.measures"),
    ]
    monkeypatch.setattr(table, "entry_points", lambda group: points)
    table.measures.cache_clear()
    yield
    table.measures.cache_clear()


@pytest.mark.usefixtures("packages")
def test_a_broken_package_stops_only_those_who_use_it():
    found, problems = table.known_measures()
    assert list(found) == list(table.MEASURES)
    assert problems == [
        "Measure 'broken' (no_such_package:MEASURE) cannot be loaded: No module named "
        "'no_such_package'. Repair or uninstall the package it comes from.",
        "Measure 'odd' (math:pi) is not a warmstart Measure.",
        "Measure 'ours' (warmstart.measures.rows.scores:SCORES) is not a warmstart Measure.",
    ]
    assert table.measures()["logme"] is table.MEASURES["logme"]
    assert len(table.measures()) == len(table.MEASURES) + 3
    with pytest.raises(ConfigError, match="cannot be loaded"):
        lookup("measure", "broken", table.measures())
    with pytest.raises(UnknownNameError, match=r"Unknown measure 'brokn'\. Did you mean 'broken'"):
        lookup("measure", "brokn", table.measures())


def test_names_are_those_of_the_table():
    assert all(name == measure.name for name, measure in table.MEASURES.items())


@pytest.mark.parametrize("name", measures.__all__)
def test_every_public_name_can_be_had_and_is_documented(name):
    value = getattr(measures, name)
    assert name == "MEASURES" or value.__doc__
    assert name in dir(measures)


@pytest.mark.parametrize("measure", table.MEASURES.values(), ids=lambda measure: measure.name)
def test_every_measure_is_a_public_function(measure):
    assert getattr(measures, measure.compute.__name__) is measure.compute


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"module 'warmstart.measures' has no attribute 'no'"):
        _ = measures.no


def test_functions_hide_modules_of_their_name_whoever_imports_first():
    code = (
        "import warmstart.measures.panel\n"
        "from warmstart import measures\n"
        "assert measures.logme([[0.0], [1.0], [2.0]], [0, 0, 1]) < 0\n"
        "assert measures.panel.__name__ == 'panel'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_measures_load_neither_torch_nor_ray_and_the_table_no_scipy():
    code = (
        "import sys\n"
        "from warmstart.measures.table import MEASURES\n"
        "assert not {'torch', 'ray', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)\n"
        "[measure.compute for measure in MEASURES.values()]\n"
        "from warmstart.measures import panel\n"
        "assert not {'torch', 'ray', 'sklearn'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
