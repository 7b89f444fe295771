"""One small example release per reader, for the family test."""

import numpy as np
from data_problems import write_csv, write_image


def folder(place):
    for name in ("b", "a"):
        for number in (2, 10, 1):
            write_image(place / "release" / name / f"{number}.png", value=number)
    return place / "release", {}


def table(place):
    for number in range(6):
        write_image(place / "images" / f"{number}.png", value=number)
    rows = [(f"images/{n}.png", "ab"[n % 2], f"p{n // 2 + n % 2}") for n in (3, 1, 5, 0, 2, 4)]
    return write_csv(place / "labels.csv", ("path", "label", "group"), rows), {}


def archive(place):
    rng, arrays = np.random.default_rng(0), {}
    for part, n in (("train", 6), ("val", 4), ("test", 5)):
        arrays[f"{part}_images"] = rng.integers(0, 256, (n, 9, 9, 3), np.uint8)
        arrays[f"{part}_labels"] = (np.arange(n) % 2)[:, None]
    np.savez_compressed(place / "release.npz", **arrays)
    return place / "release.npz", {}


def photos(place):
    return None, {"photos": ["brick", "coffee"], "per_photo": 20}


def histology(place):
    return None, {"image": "histology"}


BUILDERS = {
    "folder": folder,
    "csv": table,
    "medmnist": archive,
    "demo-photos": photos,
    "demo-medical": histology,
}
