"""Rows of pictures with text beside them, as one PNG: for a paper, or for a look."""

import base64
import io
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from markupsafe import escape
from numpy.typing import NDArray
from PIL import Image

from warmstart.core.text import printable
from warmstart.reports.look import FONT, GREY, INK

PICTURE = 150
"""Longer side of a picture in pixels."""

_MARGIN = 30
_GAP = 10
_BESIDE = 24
"""Pixels between text and pictures."""
_BETWEEN = 60
"""Pixels between two columns of rows."""
_FIRST, _OTHER = 21, 17
"""Pixels of the first paragraph of a text, and of the others."""
_LEADING = 1.25
_NARROW = frozenset("iljtfrI.,:;'|!()[] -/")
_WIDE = frozenset("mwMW@%")
_PIECES = re.compile(r"[^\s/_\-,|]*[\s/_\-,|]?")

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class SheetRow:
    """A row of a sheet.

    Attributes:
        texts: Paragraphs beside the pictures; the first one stands out.
        pictures: Pictures of shape (h, w) or (h, w, 3), no side longer than ``PICTURE``.
    """

    texts: tuple[str, ...]
    pictures: Sequence[Pixels]


@dataclass(frozen=True)
class _Line:
    text: str
    size: int
    ink: str

    @property
    def width(self) -> float:
        """Pixels, rather too many than too few: fonts differ between systems."""
        return self.size * sum(map(_share, self.text))

    @property
    def height(self) -> float:
        return self.size * _LEADING


def sheet_png(
    rows: Sequence[SheetRow],
    *,
    places: int,
    side: Literal["left", "right"] = "left",
    columns: int = 1,
    text_width: int = 300,
    footer: str = "",
) -> bytes:
    """Draw rows of pictures on white.

    Args:
        rows: What to draw; with several columns, down the first one first.
        places: Pictures in a row.
        side: Where the texts stand. They are wrapped, never cut off.
        columns: How many columns the rows are laid out in.
        text_width: Pixels that a line of text may take.
        footer: A line below everything.
    """
    texts = [_lines(row.texts, text_width) for row in rows]
    text = math.ceil(max((line.width for lines in texts for line in lines), default=0))
    pictures = places * (PICTURE + _GAP) - _GAP
    pictures_at, text_at = (text + _BESIDE, 0) if side == "left" else (0, pictures + _BESIDE)
    step = pictures + _BESIDE + text + _BETWEEN
    whole = 2 * _MARGIN + columns * step - _BETWEEN
    heights = [max(PICTURE, math.ceil(_height(lines))) for lines in texts]
    parts: list[str] = []
    bottom = _MARGIN
    for row, lines, height, (column, top) in zip(
        rows, texts, heights, _corners(heights, columns), strict=True
    ):
        left = _MARGIN + column * step
        parts += _text(lines, left + text_at, top + height / 2)
        parts += _pictures(row.pictures, left + pictures_at, top + (height - PICTURE) // 2)
        bottom = max(bottom, top + height)
    below = [_Line(line, _OTHER, GREY) for line in _wrapped(footer, _OTHER, whole - 2 * _MARGIN)]
    tall = math.ceil(_height(below))
    if below:
        parts += _text(below, _MARGIN, bottom + _BESIDE + tall / 2)
        bottom += _BESIDE + tall
    return _png(parts, whole, bottom + _MARGIN)


def _corners(heights: Sequence[int], columns: int) -> Iterator[tuple[int, int]]:
    """Column and top of each row."""
    per_column = math.ceil(len(heights) / columns)
    for start in range(0, len(heights), per_column or 1):
        top = _MARGIN
        for height in heights[start : start + per_column]:
            yield start // per_column, top
            top += height + _GAP


def _height(lines: Sequence[_Line]) -> float:
    return sum(line.height for line in lines)


def fitted(image: Image.Image) -> Pixels:
    """Return a picture at the size of a sheet, its aspect ratio kept."""
    ratio = PICTURE / max(image.size)
    width, height = (max(1, round(length * ratio)) for length in image.size)
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))


def _lines(texts: Sequence[str], width: int) -> list[_Line]:
    found = []
    for number, text in enumerate(texts):
        size, ink = (_FIRST, INK) if number == 0 else (_OTHER, GREY)
        found += [_Line(line, size, ink) for line in _wrapped(text, size, width)]
    return found


def _wrapped(text: str, size: int, width: int) -> Iterator[str]:
    """Lines that fit: cut after a space, slash, comma, dash or underscore, else anywhere."""
    line = ""
    for piece in _pieces(printable(text), width / size):
        if line and sum(map(_share, line + piece.rstrip())) * size > width:
            yield line.rstrip()
            line = ""
        line += piece
    if line:
        yield line.rstrip()


def _pieces(text: str, most: float) -> Iterator[str]:
    for piece in _PIECES.findall(text):
        fits = sum(map(_share, piece)) <= most
        yield from [piece] if fits else piece


def _share(character: str) -> float:
    """Width of a character as a share of the size of its font."""
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if unicodedata.combining(character):
        return 0.0
    if character in _WIDE:
        return 0.92
    if character in _NARROW:
        return 0.36
    return 0.72 if character.isupper() else 0.58


def _text(lines: Sequence[_Line], left: float, middle: float) -> Iterator[str]:
    base = middle - _height(lines) / 2
    for line in lines:
        base += line.height
        yield (
            f'<text x="{left:g}" y="{base - 0.33 * line.size:g}" font-size="{line.size}" '
            f'fill="{line.ink}" xml:space="preserve">{escape(line.text)}</text>'
        )


def _pictures(pictures: Sequence[Pixels], left: int, top: int) -> Iterator[str]:
    """Each in the middle of its square."""
    for place, pixels in enumerate(pictures):
        height, width = pixels.shape[:2]
        x = left + place * (PICTURE + _GAP) + (PICTURE - width) // 2
        y = top + (PICTURE - height) // 2
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, "PNG", compress_level=1)
        data = base64.b64encode(content.getvalue()).decode()
        yield (
            f'<image x="{x}" y="{y}" width="{width}" height="{height}" '
            f'href="data:image/png;base64,{data}"/>'
        )


def _png(parts: Sequence[str], width: int, height: int) -> bytes:
    import vl_convert

    size = f'width="{width}" height="{height}"'
    drawing: bytes = vl_convert.svg_to_png(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}">'
        f'<rect {size} fill="white"/>{"".join(parts)}</svg>'
    )
    with Image.open(io.BytesIO(drawing)) as image:  # opaque, and half the size
        content = io.BytesIO()
        image.convert("RGB").save(content, "PNG", compress_level=6)
    return content.getvalue()
