"""Private memory while 30,000 images are prepared, in a process of its own."""

import os
import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from preparing import on_linux, prepared

IMAGES = 30_000
LIMIT_KB = 300_000


def make_images(root: Path) -> None:
    """Hard links to four small JPEGs, in four folders of classes."""
    rng = np.random.default_rng(0)
    for label in range(4):
        folder = root / f"class{label}"
        folder.mkdir(parents=True)
        pixels = rng.integers(0, 256, (4, 4, 3), np.uint8)
        Image.fromarray(pixels).resize((32, 32)).save(folder / "0.jpg")
        for number in range(1, IMAGES // 4):
            os.link(folder / "0.jpg", folder / f"{number}.jpg")


@on_linux
def test_preparing_thirty_thousand_images_takes_less_memory_than_they_do(tmp_path):
    make_images(tmp_path / "images")
    found = prepared("folder", tmp_path / "images", 64, tmp_path / "cache")
    shutil.rmtree(tmp_path)  # pytest would keep 0.4 GB of each of its last three runs
    assert found.size == IMAGES * 64 * 64 * 3  # 0.37 GB: more than the limit
    assert 0 < found.mean < 255
    assert 0 < found.peak < LIMIT_KB
