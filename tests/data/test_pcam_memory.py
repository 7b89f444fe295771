"""Private memory while 20,000 patches are read from HDF5 and prepared, in a process of its own."""

import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from release import picture

PATCHES = 20_000
LIMIT_KB = 300_000

_PROGRAM = """
import sys
from pathlib import Path
from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset

peak, calls = 0, 0
def sample(done, total):
    global peak, calls
    calls += 1
    if calls % 200 == 0 or done == total:
        status = Path("/proc/self/status").read_text()
        peak = max(peak, int(status.split("RssAnon:")[1].split()[0]))

root, cache = map(Path, sys.argv[1:])
dataset = read_dataset("x", "pcam", root, {})
_, prepared = prepare(dataset, size=96, fit="squash", cache=cache, progress=sample)
print(peak, calls, prepared.array.nbytes, float(prepared.array[::1000].mean()))
"""


def write_patches(root: Path) -> None:
    """One part of few different patches, each compressed once and stored many times."""
    root.mkdir()
    stem, shape = f"{root}/camelyonpatch_level_2_split_train", (96, 96, 3)
    chunks = [zlib.compress(picture(number, size=(96, 96)).tobytes()) for number in range(10)]
    with h5py.File(f"{stem}_x.h5", "w") as file:
        x = file.create_dataset("x", (PATCHES, *shape), np.uint8, chunks=(1, *shape), compression=6)
        for row in range(PATCHES):
            x.id.write_direct_chunk((row, 0, 0, 0), chunks[row % 10])
    with h5py.File(f"{stem}_y.h5", "w") as file:
        file["y"] = (np.arange(PATCHES) % 2).astype(np.uint8).reshape(-1, 1, 1, 1)
    slides = "".join(f"{row},slide{row // 2 % 50}\n" for row in range(PATCHES))
    Path(f"{stem}_meta.csv").write_text(f",wsi\n{slides}")


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="/proc/self/status tells RssAnon on Linux only"
)
def test_preparing_twenty_thousand_patches_takes_less_memory_than_they_do(tmp_path):
    write_patches(tmp_path / "pcam")
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path / "pcam"), str(tmp_path / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shutil.rmtree(tmp_path)  # pytest would keep 0.6 GB of each of its last three runs
    peak, calls, size, mean = (float(word) for word in done.stdout.split())
    assert calls == 2 * PATCHES
    assert size == PATCHES * 96 * 96 * 3  # 0.55 GB: more than the limit
    assert 0 < mean < 255
    assert 0 < peak < LIMIT_KB
