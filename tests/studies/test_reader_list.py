from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field
from pydantic.dataclasses import dataclass

import warmstart.data.readers as registry
from warmstart.data.readers import READERS, readers
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.errors import UnknownNameError
from warmstart.studies.reader_list import (
    options_markdown,
    reader_details,
    reader_lines,
    reader_markdown,
)
from warmstart.studies.reader_options import kind_of, reader_options


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TilesOptions:
    """Options of the reader ``tiles``.

    Attributes:
        side: Pixels of a tile, such as
            ``64``.
        colours: Which of ``"red"`` and ``"blue"``.

    Example:
        Nothing.
    """

    side: int
    colours: tuple[Literal["red", "blue"], ...] = ("red",)
    unsaid: float | None = None


TILES = Reader(
    name="tiles",
    title="tiles of slides",
    labels="one class",
    groups="slide",
    read=lambda root, options: None,
    options=TilesOptions,
    expects="a folder of tiles",
    layout="slides/\n    a.png",
    archives=("tiles*.zip",),
    address="https://example.org/tiles",
)


@pytest.fixture
def packages(monkeypatch):
    """One package with a reader, and one that cannot be imported."""
    points = [
        EntryPoint("tiles", f"{__name__}:TILES", "warmstart.readers"),
        EntryPoint("broken", "no_such_package:READER", "warmstart.readers"),
    ]
    monkeypatch.setattr(EntryPoint, "load", lambda self: _loaded(self))
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    readers.cache_clear()
    yield
    readers.cache_clear()


def _loaded(point):
    if point.name == "tiles":
        return TILES
    raise ModuleNotFoundError("No module named 'no_such_package'")


def test_a_broken_package_does_not_stop_the_list(packages):
    table, problems = readers().usable()
    assert list(table) == [*READERS, "tiles"]
    assert problems == [
        "Reader 'broken' (no_such_package:READER) cannot be loaded: No module named "
        "'no_such_package'. Repair or uninstall the package it comes from."
    ]


def test_every_reader_has_three_lines():
    lines = list(reader_lines({"tiles": TILES, "longer-name": TILES}))
    assert lines == [
        "tiles        tiles of slides",
        "             one class; groups: slide; no official parts",
        "             a folder of tiles",
        "longer-name  tiles of slides",
        "             one class; groups: slide; no official parts",
        "             a folder of tiles",
    ]


def test_the_details_of_a_reader(packages):
    assert list(reader_details("tiles")) == [
        "tiles: tiles of slides",
        "  labels          one class",
        "  groups          slide",
        "  official parts  no",
        "  root            a folder of tiles",
        "  archives        tiles*.zip",
        "  address         https://example.org/tiles",
        "",
        "on disk:",
        "  slides/",
        "      a.png",
        "",
        "options:",
        "  side: integer; required",
        "      Pixels of a tile, such as 64.",
        '  colours: list of "red" or "blue"; default ["red"]',
        '      Which of "red" and "blue".',
        "  unsaid: number; default none",
        "  window: list of 2 numbers; default none",
        "      Black and white of images with more than 8 bits, such as [0, 4095].",
    ]


def test_options_as_a_table(packages):
    assert options_markdown("tiles") == (
        "| option | type | default | meaning |\n"
        "|---|---|---|---|\n"
        "| `side` | integer | required | Pixels of a tile, such as `64`. |\n"
        '| `colours` | list of "red" or "blue" | `["red"]` | Which of `"red"` and `"blue"`. |\n'
        "| `unsaid` | number | none |  |\n"
    )


def test_an_unknown_reader_gets_the_nearest_one():
    with pytest.raises(UnknownNameError, match=r"Unknown reader 'foldr'. Did you mean 'folder'\?"):
        list(reader_details("foldr"))


@pytest.mark.parametrize("reader", READERS.values(), ids=lambda reader: reader.name)
def test_every_option_of_every_reader_has_a_meaning(reader):
    for option in reader_options(reader.options):
        assert option.meaning.endswith(".")
        assert "Annotated" not in option.kind
        assert "typing" not in option.kind


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_can_be_told(reader):
    assert len(list(reader_details(reader))) > 5


def test_the_markdown_table_has_a_row_per_reader():
    table = reader_markdown(READERS).splitlines()
    assert len(table) == 2 + len(READERS)
    assert table[0] == "| reader | what | labels | groups | official parts | on disk |"


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (bool, "true or false"),
        (str | None, "text"),
        (tuple[float, float], "list of 2 numbers"),
        (dict[str, Literal["a", "b"]], 'table of "a" or "b"'),
        (Literal["all"] | tuple[str, ...], '"all" or list of texts'),
        (Annotated[int, Field(ge=1)], "integer"),
        (Path, "Path"),
    ],
)
def test_types_in_words(annotation, words):
    assert kind_of(annotation) == words
