"""PatchCamelyon: three parts, each with patches and labels in HDF5 and a table of slides."""

from pathlib import Path

import h5py
import numpy as np
from data_problems import write_csv
from release import Damage, Expected, Release, picture

STEM = "camelyonpatch_level_2_split_"
PARTS = {"train": 8, "valid": 4, "test": 5}
SPLITS = {"train": "train", "valid": "validation", "test": "test"}
HEADER = ("", "coord_y", "coord_x", "tumor_patch", "center_tumor_patch", "wsi")


def build(place: Path) -> Release:
    root, images, first = place / "pcam", [], 0
    root.mkdir()
    for part, count in PARTS.items():
        for row in range(count):
            images.append(
                Expected(
                    name=f"{part}/{row:06d}",
                    picture=patch(first + row),
                    labels=("tumor" if label(row) else "normal",),
                    group=slide(part, row),
                    split=SPLITS[part],
                )
            )
        write_part(root, part, first, count)
        first += count
    return Release(root=root, images=tuple(images), damages=damages(root), impossible=IMPOSSIBLE)


def write_part(root, part, first, count):
    """One part with the shapes, types and compression of the published one."""
    pixels = np.stack([patch(first + row) for row in range(count)])
    labels = np.array([label(row) for row in range(count)], np.uint8)
    write_array(root, part, "x", pixels)
    write_array(root, part, "y", labels.reshape(-1, 1, 1, 1))
    rows = [
        (row, 3_000 + 96 * row, 71_000 + row, True, bool(label(row)), slide(part, row))
        for row in range(count)
    ]
    write_csv(root / f"{STEM}{part}_meta.csv", HEADER, rows)


def write_array(root, part, name, array):
    with h5py.File(root / f"{STEM}{part}_{name}.h5", "w") as file:
        chunks = (min(2, len(array)), *array.shape[1:])
        file.create_dataset(name, data=array, chunks=chunks, compression="gzip")


def patch(number):
    return picture(number, size=(96, 96))


def label(row):
    return row % 3 == 1


def slide(part, row):
    return f"camelyon16_{part}_{'normal' if row % 2 else 'tumor'}_{row % 2:03d}"


def cut(root):
    path = root / f"{STEM}valid_x.h5"
    path.write_bytes(path.read_bytes()[:1000])


def damages(root):
    size = (root / f"{STEM}valid_x.h5").stat().st_size
    path = f"{{root}}/{STEM}"
    return (
        Damage(
            kind="missing file",
            apply=lambda root: (root / f"{STEM}test_y.h5").unlink(),
            message=f"{path}test_x.h5 has no labels: {{root}} holds no {STEM}test_y.h5. Fetch it, "
            "or take the part test out.",
        ),
        Damage(
            kind="missing file",
            apply=lambda root: (root / f"{STEM}train_meta.csv").unlink(),
            message=f"{STEM}train_meta.csv is not here: each patch of that part is a group of its "
            "own, although a slide has many patches",
            warns=True,
        ),
        Damage(
            kind="unnamed file",
            apply=lambda root: write_csv(
                root / f"{STEM}valid_meta.csv", HEADER, [(0, 3, 7, True, False, "camelyon16_x")]
            ),
            message=f"{path}valid_meta.csv: number of rows is 1, of patches 4; expected one row "
            "per patch. Fetch it again.",
        ),
        Damage(
            kind="wrong header",
            apply=lambda root: write_csv(
                root / f"{STEM}valid_meta.csv", ("", "slide"), [(0, "a"), (1, "b")]
            ),
            message=f"{path}valid_meta.csv has no column 'wsi'. Columns: , slide.",
        ),
        Damage(
            kind="wrong header",
            apply=lambda root: (root / f"{STEM}train_y.h5").rename(root / f"{STEM}train_x.h5"),
            message=f"{path}train_x.h5 has no labels: {{root}} holds no {STEM}train_y.h5. Fetch "
            "it, or take the part train out.",
        ),
        Damage(
            kind="wrong size",
            apply=lambda root: write_array(root, "valid", "y", np.ones((3, 1, 1, 1), np.uint8)),
            message=f"{path}valid_x.h5 holds 4 patches, but {path}valid_y.h5 3 labels; fetch both "
            "again.",
        ),
        Damage(
            kind="wrong size",
            apply=lambda root: write_array(root, "train", "x", np.ones((8, 32, 32, 3), np.float32)),
            message=f"{path}train_x.h5: array 'x' is (8, 32, 32, 3) of float32; expected (n, 96, "
            "96, 3) of uint8, n from 1 to 1,000,000. Fetch it again.",
        ),
        Damage(
            kind="truncated container",
            apply=cut,
            message=f"{path}valid_x.h5 cannot be read as HDF5: Unable to synchronously open file "
            f"(truncated file: eof = 1000, sblock->base_addr = 0, stored_eof = {size}). Fetch it "
            "again.",
        ),
        Damage(
            kind="labels out of range",
            apply=lambda root: write_array(
                root, "test", "y", np.array([0, 1, 7, 1, 0], np.uint8).reshape(-1, 1, 1, 1)
            ),
            message=f"{path}test_y.h5: the label of test/000002 is 7; expected 0 (normal) or 1 "
            "(tumor). Fetch it again.",
        ),
    )


IMPOSSIBLE = {
    "duplicate ids": "patches have no ids",
    "non-ASCII names": "patches have no names",
}
