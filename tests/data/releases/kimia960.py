"""KimiaPath960: one flat folder of TIFF files, named by the letter of their scan and a number."""

import shutil
from pathlib import Path

from release import Damage, Expected, Release, picture, save

SCANS = "ABCDEFGHIJKLMNOPQRST"
NUMBERS = (1, 10, 48)


def build(place: Path) -> Release:
    root = place / "kimia_path_960"
    images = tuple(
        Expected(
            name=f"{scan}{number}.tif",
            picture=picture(3 * position + number, size=(44, 24)),
            labels=(scan,),
        )
        for position, scan in enumerate(SCANS)
        for number in NUMBERS
    )
    for image in images:
        save(root / image.name, image.picture)
    return Release(root=root, images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def remove_scan(root):
    for number in NUMBERS:
        (root / f"C{number}.tif").unlink()


def again(root):
    (root / "again").mkdir()
    shutil.copy(root / "A1.tif", root / "again/A1.tif")


DAMAGES = (
    Damage(
        kind="missing file",
        apply=remove_scan,
        message="x: class 'C' has no image; add images or leave it out.",
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "A49.tif", picture(9)),
        message="1 image under {root} is not named like A5.tif and was left out: A49.tif",
        warns=True,
    ),
    Damage(
        kind="duplicate ids",
        apply=lambda root: save(root / "more/B10.tif", picture(9, size=(50, 50))),
        message="{root} holds B10 twice and not the same, B10.tif and more/B10.tif; remove one.",
    ),
    Damage(
        kind="duplicate ids",
        apply=again,
        message="1 image lies under {root} again, with the same name and size; the copy was left "
        "out: again/A1.tif",
        warns=True,
    ),
    Damage(
        kind="non-ASCII names",
        apply=lambda root: save(root / "Ä1.tif", picture(9)),
        message="1 image under {root} is not named like A5.tif and was left out: Ä1.tif",
        warns=True,
    ),
)
IMPOSSIBLE = {
    "wrong header": "no table",
    "wrong size": "no container",
    "truncated container": "no container",
    "labels out of range": "a letter after T is no name of the release",
}
