"""Fixtures of the data tests."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from data_problems import write_image


@pytest.fixture
def make_folder(tmp_path) -> Callable[..., Path]:
    """Writes ``{class: number of images}`` as class folders."""

    def make(counts: Mapping[str, int], name: str = "images") -> Path:
        root = tmp_path / name
        for label, (folder, count) in enumerate(counts.items()):
            for number in range(count):
                value = 10 + 50 * label + number
                write_image(root / folder / f"{number:02d}.png", value=value)
        return root

    return make


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def root(tmp_path) -> Path:
    """An empty folder that a release comes in."""
    folder = tmp_path / "release"
    folder.mkdir()
    return folder
