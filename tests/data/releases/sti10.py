"""STI-10 as its authors saved it: images of many sizes in one pickled array, blue first."""

from pathlib import Path

import numpy as np
from release import Damage, Expected, Release, picture

CLASSES = (
    "stone wall", "brick", "honeycomb", "egg", "rock",
    "fabric", "cloud", "chain", "ocean", "flower",
)  # fmt: skip
LABELS = [name for name in CLASSES for _ in range(2)]


def pictures():
    return [picture(n, size=(20 + n % 3, 24 - n % 5)) for n in range(len(LABELS))]


def save_images(path: Path, pixels) -> None:
    array = np.empty(len(pixels), object)
    for row, one in enumerate(pixels):
        array[row] = one
    path.parent.mkdir(exist_ok=True)
    np.save(path, array)


def build(place: Path) -> Release:
    save_images(place / "sti10/all_imgs.npy", [p[..., ::-1] for p in pictures()])
    np.save(place / "sti10/all_labels.npy", LABELS)
    images = tuple(
        Expected(name=f"all_imgs/{row:06d}", picture=pixels, labels=(label,))
        for row, (pixels, label) in enumerate(zip(pictures(), LABELS, strict=True))
    )
    return Release(root=place, images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def labelled(labels):
    return lambda root: np.save(root / "sti10/all_labels.npy", labels)


def pictured(pixels):
    return lambda root: save_images(root / "sti10/all_imgs.npy", pixels)


def cut(root):
    path = root / "sti10/all_imgs.npy"
    path.write_bytes(path.read_bytes()[:-40])


def garble(root):
    path = root / "sti10/all_imgs.npy"
    path.write_bytes(path.read_bytes().replace(b"NUMPY", b"NUMPI", 1))


DAMAGES = (
    Damage(
        kind="wrong header",
        apply=garble,
        message="{root}/sti10/all_imgs.npy cannot be read as .npy: the magic string is not "
        "correct; expected b'\\x93NUMPY', got b'\\x93NUMPI'. Fetch it again.",
    ),
    Damage(
        kind="wrong size",
        apply=labelled(LABELS[1:]),
        message="{root}/sti10/all_imgs.npy holds 20 images, but {root}/sti10/all_labels.npy 19 "
        "labels; fetch both again.",
    ),
    Damage(
        kind="wrong size",
        apply=pictured([*pictures()[:-1], np.zeros((4, 5), np.uint8)]),
        message="{root}/sti10/all_imgs.npy: image 19 is uint8 (4, 5); expected uint8 (h, w, 3) "
        "with blue first.",
    ),
    Damage(
        kind="truncated container",
        apply=cut,
        message="{root}/sti10/all_imgs.npy cannot be read as .npy: pickle data was truncated. "
        "Fetch it again.",
    ),
    Damage(
        kind="labels out of range",
        apply=labelled([*LABELS[:-1], "sand"]),
        message="{root}/sti10/all_labels.npy: label 19 is 'sand'; expected one of stone wall, "
        "brick, honeycomb, egg, rock, fabric, cloud, chain, ocean, flower.",
    ),
)
IMPOSSIBLE = {
    "missing file": "one file",
    "unnamed file": "one file",
    "duplicate ids": "images have no ids",
    "non-ASCII names": "images have no names",
}
