import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from warmstart.core.registry import Registry
from warmstart.errors import ConfigError


@dataclass(frozen=True)
class Reader:
    name: str


OURS, THEIRS = Reader("folder"), Reader("tiles")


def point(name, value):
    return EntryPoint(name, value, "warmstart.readers")


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setitem(sys.modules, "another_package", sys.modules[__name__])
    points = [
        point("tiles", "another_package:THEIRS"),
        point("folder", "another_package:THEIRS"),
        point("text", "another_package:__name__"),
        point("broken", "no_such_package:READER"),
    ]
    return Registry(Reader, {"folder": OURS}, points)


def test_ours_come_first_and_cannot_be_replaced(registry):
    assert list(registry) == ["folder", "broken", "text", "tiles"]
    assert len(registry) == 4
    assert "broken" in registry
    assert "none" not in registry
    assert registry["folder"] is OURS


def test_a_row_of_a_package_goes_by_the_name_of_its_entry_point(registry):
    assert registry["tiles"] is THEIRS
    with pytest.raises(KeyError, match="none"):
        registry["none"]


def test_a_package_that_cannot_be_loaded_stops_only_its_users(registry):
    rows, problems = registry.usable()
    assert rows == {"folder": OURS, "tiles": THEIRS}
    broken = (
        "Reader 'broken' (no_such_package:READER) cannot be loaded: No module named "
        "'no_such_package'. Repair or uninstall the package it comes from."
    )
    strange = "Reader 'text' (another_package:__name__) is not a warmstart Reader."
    assert problems == [broken, strange]
    for name, problem in {"broken": broken, "text": strange}.items():
        with pytest.raises(ConfigError) as error:
            registry[name]
        assert str(error.value) == problem
