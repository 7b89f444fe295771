"""Private memory while 20,000 patches are read from HDF5 and prepared, in a process of its own."""

import shutil
import zlib
from pathlib import Path

import h5py
import numpy as np
from preparing import on_linux, prepared
from release import picture

PATCHES = 20_000
LIMIT_KB = 300_000


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


@on_linux
def test_preparing_twenty_thousand_patches_takes_less_memory_than_they_do(tmp_path):
    write_patches(tmp_path / "pcam")
    found = prepared("pcam", tmp_path / "pcam", 96, tmp_path / "cache")
    shutil.rmtree(tmp_path)  # pytest would keep 0.6 GB of each of its last three runs
    assert found.calls == 2 * PATCHES
    assert found.size == PATCHES * 96 * 96 * 3  # 0.55 GB: more than the limit
    assert 0 < found.mean < 255
    assert 0 < found.peak < LIMIT_KB
