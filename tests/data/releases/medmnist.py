"""An ``.npz`` with the images and labels of three parts, as MedMNIST writes it."""

from pathlib import Path

import numpy as np
from release import Damage, Expected, Release, picture

CELLS = (
    *("basophil", "eosinophil", "erythroblast", "immature granulocyte", "lymphocyte"),
    *("monocyte", "neutrophil", "platelet"),
)
PARTS = {"train": 6, "val": 4, "test": 5}


def arrays():
    found, number = {}, 0
    for part, n in PARTS.items():
        found[f"{part}_images"] = np.stack([picture(number + i, size=(28, 28)) for i in range(n)])
        found[f"{part}_labels"] = (np.arange(number, number + n, dtype=np.uint8) % 8)[:, None]
        number += n
    return found


def build(place: Path) -> Release:
    root = place / "bloodmnist.npz"
    np.savez_compressed(root, **arrays())
    images, number = [], 0
    for part, n in PARTS.items():
        for i in range(n):
            images.append(
                Expected(
                    name=f"{part}/{i:06d}",
                    picture=picture(number, size=(28, 28)),
                    labels=(CELLS[number % 8],),
                    split={"val": "validation"}.get(part, part),
                )
            )
            number += 1
    return Release(root=root, images=tuple(images), damages=DAMAGES, impossible=IMPOSSIBLE)


def changed(**changes):
    def apply(root):
        np.savez_compressed(root, **{**arrays(), **changes})

    return apply


def cut(root):
    root.write_bytes(root.read_bytes()[:-40])


DAMAGES = (
    Damage(
        kind="wrong header",
        apply=changed(train_images=np.zeros((6, 28), np.uint8)),
        message="{root}: train_images has shape (6, 28) and train_labels (6, 1); expected (n, h, "
        "w) or (n, h, w, c), and (n, 1) or (n, L).",
    ),
    Damage(
        kind="wrong size",
        apply=changed(val_labels=np.zeros((3, 1), np.uint8)),
        message="{root}: val_images has shape (4, 28, 28, 3) and val_labels (3, 1); expected (n, "
        "h, w) or (n, h, w, c), and (n, 1) or (n, L).",
    ),
    Damage(
        kind="truncated container",
        apply=cut,
        message="{root} cannot be read as .npz: File is not a zip file.",
    ),
    Damage(
        kind="labels out of range",
        apply=changed(test_labels=np.full((5, 1), 20_000, np.int64)),
        message="{root}: test_labels goes up to 20000; expected class numbers from 0, below 10000.",
    ),
)
IMPOSSIBLE = {
    "missing file": "one file",
    "unnamed file": "one file",
    "duplicate ids": "images have no ids",
    "non-ASCII names": "images have no names",
}
