"""Private memory while 100,000 images are prepared, in a process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

IMAGES = 100_000
LIMIT_KB = 1_000_000

_PROGRAM = """
import sys
from pathlib import Path
from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset

peak, calls = 0, 0
def sample(done, total):
    global peak, calls
    calls += 1
    if calls % 1000 == 0 or done == total:
        status = Path("/proc/self/status").read_text()
        peak = max(peak, int(status.split("RssAnon:")[1].split()[0]))

root, cache = map(Path, sys.argv[1:])
dataset = read_dataset("x", "folder", root, {})
_, prepared = prepare(dataset, size=64, fit="squash", cache=cache, progress=sample)
sample(0, 0)
print(peak, prepared.array.nbytes, float(prepared.array[::1000].mean()))
"""


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


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="/proc/self/status tells RssAnon on Linux only"
)
def test_preparing_a_hundred_thousand_images_takes_less_than_one_gb(tmp_path):
    make_images(tmp_path / "images")
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path / "images"), str(tmp_path / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shutil.rmtree(tmp_path)  # pytest would keep 1.2 GB of each of its last three runs
    peak, size, mean = (float(word) for word in done.stdout.split())
    assert size == IMAGES * 64 * 64 * 3  # 1.2 GB: more than the limit
    assert 0 < mean < 255
    assert 0 < peak < LIMIT_KB
