"""Draw the first convolution of one or several runs, a block of filters for each.

python examples/first_filters.py demo-results/runs/<key> [MORE_RUNS ...] --out filters.png

Every filter is stretched to the whole range of brightness on its own, so that blocks show shapes,
not how strong they are. Name a run of each start to compare them; `warmstart study start RUN`
writes what a run started from into RUN/start, to see its filters before and after.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file

COLUMNS = 8
ZOOM = 6
GAP = 2
"""Pixels between filters; four times as many between runs."""


def first_filters(run: Path) -> NDArray[np.float32]:
    """Return the first convolution of a run: filters x channels (3 or 1) x height x width."""
    path = run / "model.safetensors"
    if not path.is_file():
        sys.exit(f"{run} is no folder of a run: it has no model.safetensors.")
    kernels = [w for w in load_file(path).values() if w.ndim == 4 and w.shape[-1] > 1]
    for channels in (3, 1):  # depthwise convolutions have 1 too: three channels go first
        for kernel in kernels:
            if kernel.shape[1] == channels:
                return kernel
    sys.exit(f"{path} has no convolution of images: no 4-D weight of 3 or 1 input channels.")


def picture(kernel: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the filters side by side, white between them: height x width x 3."""
    low = kernel.min(axis=(1, 2, 3), keepdims=True)
    span = kernel.max(axis=(1, 2, 3), keepdims=True) - low
    shown = np.where(span > 0, (kernel - low) / np.where(span > 0, span, 1), 0.5)
    tiles = np.rint(255 * shown).astype(np.uint8).transpose(0, 2, 3, 1)
    tiles = np.broadcast_to(tiles, (*tiles.shape[:3], 3)).repeat(ZOOM, axis=1).repeat(ZOOM, axis=2)
    count, height, width, _ = tiles.shape
    rows = -(-count // COLUMNS)
    sheet = np.full((rows * (height + GAP), COLUMNS * (width + GAP), 3), 255, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // COLUMNS * (height + GAP), number % COLUMNS * (width + GAP)
        sheet[top : top + height, left : left + width] = tile
    return sheet[:-GAP, :-GAP]


def side_by_side(sheets: list[NDArray[np.uint8]]) -> Image.Image:
    """Put the runs beside each other, in the order in which they were named."""
    space = 4 * GAP
    width = sum(sheet.shape[1] + space for sheet in sheets) - space
    whole = Image.new("RGB", (width, max(sheet.shape[0] for sheet in sheets)), "white")
    left = 0
    for sheet in sheets:
        whole.paste(Image.fromarray(sheet), (left, 0))
        left += sheet.shape[1] + space
    return whole


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the first convolution of runs.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN_FOLDER")
    parser.add_argument("--out", type=Path, default=Path("filters.png"))
    asked = parser.parse_args()
    side_by_side([picture(first_filters(run)) for run in asked.runs]).save(asked.out)
    print(asked.out)
