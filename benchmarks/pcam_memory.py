"""How much private memory does it take to read and prepare all of PatchCamelyon?

The files have the published numbers of patches, shapes and types; the patches are made up: smooth,
so that they compress to a few hundred megabytes, and only a few of them differ.
"""

import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset

PARTS = {"train": 262_144, "valid": 32_768, "test": 32_768}
SLIDES, DIFFERENT, SIZE = 200, 64, 32


def main() -> None:
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "pcam"
        root.mkdir()
        for part, count in PARTS.items():
            write_part(root, part, int(count * scale))
        peak = Peak()
        began = time.perf_counter()
        dataset = read_dataset("pcam", "pcam", root, {})
        read = time.perf_counter() - began
        _, prepared = prepare(dataset, size=SIZE, fit="squash", cache=Path(place) / "cache")
        seconds = time.perf_counter() - began
        images, stored = len(dataset), prepared.array.nbytes
    print(
        f"peak private memory: {peak.stop():,} MB to prepare {images:,} patches at {SIZE} px "
        f"({images * 27_648 / 1e6:,.0f} MB of pixels before, {stored / 1e6:,.0f} MB after; "
        f"{seconds:.0f} s, {read:.0f} s of them to read labels and slides)"
    )


class Peak:
    """Watches the private memory of this process, ten times a second (Linux)."""

    def __init__(self) -> None:
        self.kb = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Peak in MB."""
        self._stopped.set()
        self._thread.join()
        return self.kb // 1000

    def _watch(self) -> None:
        while not self._stopped.wait(0.1):
            status = Path("/proc/self/status").read_text()
            self.kb = max(self.kb, int(status.split("RssAnon:")[1].split()[0]))


def write_part(root: Path, part: str, count: int) -> None:
    stem = f"{root}/camelyonpatch_level_2_split_{part}"
    chunks = [zlib.compress(patch(number).tobytes()) for number in range(DIFFERENT)]
    with h5py.File(f"{stem}_x.h5", "w") as file:
        shape = (96, 96, 3)
        x = file.create_dataset("x", (count, *shape), np.uint8, chunks=(1, *shape), compression=6)
        for row in range(count):
            x.id.write_direct_chunk((row, 0, 0, 0), chunks[row % DIFFERENT])
    with h5py.File(f"{stem}_y.h5", "w") as file:
        labels = np.arange(count, dtype=np.int64) % 2
        file["y"] = labels.astype(np.uint8).reshape(-1, 1, 1, 1)
    with open(f"{stem}_meta.csv", "w") as table:
        table.write(",coord_y,coord_x,tumor_patch,center_tumor_patch,wsi\n")
        for row in range(count):
            slide = f"camelyon16_{part}_normal_{row // 2 % SLIDES:03d}"
            table.write(f"{row},{row},{row},True,{row % 2 == 1},{slide}\n")


def patch(number: int) -> np.ndarray:
    coarse = np.random.default_rng(number).integers(0, 256, (6, 6, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((96, 96), Image.Resampling.NEAREST))


if __name__ == "__main__":
    main()
