from pathlib import Path

import platformdirs
import pytest

from warmstart.core.places import CACHE_VARIABLE, cache_folder


def test_the_variable_names_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "elsewhere"))
    assert cache_folder() == tmp_path / "elsewhere"


def test_a_tilde_in_the_variable_is_the_home_folder(monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, "~/warm")
    assert cache_folder() == Path.home() / "warm"


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_it_is_the_system_s_cache_folder(monkeypatch, value):
    monkeypatch.delenv(CACHE_VARIABLE)
    if value is not None:
        monkeypatch.setenv(CACHE_VARIABLE, value)
    assert cache_folder() == Path(platformdirs.user_cache_dir("warmstart", appauthor=False))


def test_asking_for_the_cache_makes_no_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "elsewhere"))
    cache_folder()
    assert not (tmp_path / "elsewhere").exists()
