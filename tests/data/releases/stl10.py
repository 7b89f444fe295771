"""The folder of ``stl10_binary.tar.gz``: planes of 96 columns of 96 bytes, labels from 1."""

from pathlib import Path

from release import Damage, Expected, Release, picture

CLASSES = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")
PARTS = {"train": range(1, 13), "test": range(13, 23)}


def build(place: Path) -> Release:
    write(place / "data" / "stl10_binary")
    images = tuple(
        Expected(
            name=f"{part}/{row:06d}",
            picture=photo(number),
            labels=(CLASSES[number % 10],),
            split=part,
        )
        for part, numbers in PARTS.items()
        for row, number in enumerate(numbers)
    )
    return Release(root=place / "data", images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def write(root: Path) -> Path:
    root.mkdir(parents=True)
    for part, numbers in PARTS.items():
        planes = [photo(number).transpose(2, 1, 0).tobytes() for number in numbers]
        (root / f"{part}_X.bin").write_bytes(b"".join(planes))
        (root / f"{part}_y.bin").write_bytes(bytes(number % 10 + 1 for number in numbers))
    (root / "unlabeled_X.bin").write_bytes(bytes(27_648))
    (root / "class_names.txt").write_text("".join(f"{name}\n" for name in CLASSES))
    (root / "fold_indices.txt").write_text("0 2 4 6 8 10 \n" * 10)
    return root


def photo(number):
    return picture(number, size=(96, 96))


def changed(name, content):
    return lambda root: (root / "stl10_binary" / name).write_bytes(content)


FOLDER = "{root}/stl10_binary"
DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / "stl10_binary/train_y.bin").unlink(),
        message=f"{FOLDER}/train_X.bin has no labels: {{root}} holds no train_y.bin. Fetch it, or "
        "take the part train out.",
    ),
    Damage(
        kind="missing file",
        apply=lambda root: (root / "stl10_binary/train_X.bin").unlink(),
        message="parts that are here: test; not here: train",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=changed("class_names.txt", b"airplane\nbird\n"),
        message=f"{FOLDER}/class_names.txt names 2 classes; expected 10, one a line. Fetch it "
        "again.",
    ),
    Damage(
        kind="wrong size",
        apply=changed("test_X.bin", bytes(27_648 * 10 + 1)),
        message=f"{FOLDER}/test_X.bin holds 276,481 bytes; expected a multiple of 27,648, the "
        "bytes of one image. Fetch and unpack it again.",
    ),
    Damage(
        kind="wrong size",
        apply=changed("test_y.bin", bytes([1] * 11)),
        message=f"{FOLDER}/test_X.bin holds 10 images, but {FOLDER}/test_y.bin 11 labels; fetch "
        "and unpack both again.",
    ),
    Damage(
        kind="truncated container",
        apply=changed("train_X.bin", b""),
        message=f"{FOLDER}/train_X.bin holds 0 bytes; expected a multiple of 27,648, the bytes of "
        "one image. Fetch and unpack it again.",
    ),
    Damage(
        kind="labels out of range",
        apply=changed("train_y.bin", bytes([1, 10, 11, 0, *range(1, 9)])),
        message=f"{FOLDER}/train_y.bin: the label of train/000002 is 11; expected 1 to 10. Fetch "
        "and unpack it again.",
    ),
)
IMPOSSIBLE = {
    "unnamed file": "images have no names",
    "duplicate ids": "images have no ids",
    "non-ASCII names": "images have no names",
}
