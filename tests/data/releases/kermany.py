"""Kermany's chest X-rays as Kaggle's zip unpacks: the tree, the tree again, and ``__MACOSX``."""

import shutil
from pathlib import Path

import numpy as np
from release import Damage, Expected, Release, picture, save

FILES = {
    "test/NORMAL/IM-0001-0001.jpeg": "im1",
    "test/NORMAL/NORMAL2-IM-1427-0001.jpeg": "im1427",
    "test/PNEUMONIA/person1_virus_6.jpeg": "person1",
    "test/PNEUMONIA/person80_bacteria_389.jpeg": "person80",
    "train/NORMAL/IM-0115-0001.jpeg": "im115",
    "train/NORMAL/IM-0666-0001-0001.jpeg": "im666",
    "train/NORMAL/IM-0666-0001-0002.jpeg": "im666",
    "train/NORMAL/NORMAL2-IM-0115-0001.jpeg": "2im115",
    "train/PNEUMONIA/person1000_virus_1681.jpeg": "person1000",
    "train/PNEUMONIA/person1_bacteria_1.jpeg": "person1",
    "train/PNEUMONIA/person1_bacteria_2.jpeg": "person1",
    "val/NORMAL/NORMAL2-IM-1436-0001.jpeg": "im1436",
    "val/PNEUMONIA/person1946_bacteria_4874.jpeg": "person1946",
}


def build(place: Path) -> Release:
    inner, images = place / "chest_xray/chest_xray", []
    for number, (file, patient) in enumerate(FILES.items()):
        pixels = picture(number, grey=number != 8)
        save(inner / file, pixels)
        part, folder, _ = file.split("/")
        images.append(
            Expected(
                name=file,
                picture=pixels,
                labels=(folder.lower(),),
                group=patient,
                split={"val": "validation"}.get(part, part),
            )
        )
    shutil.copytree(inner, place / "copy")
    for part in (place / "copy").iterdir():
        part.rename(inner.parent / part.name)
    (place / "copy").rmdir()
    for litter in ("chest_xray/.DS_Store", "chest_xray/train/.DS_Store"):
        (place / litter).write_bytes(bytes(8))
    shadow = place / "chest_xray/__MACOSX/chest_xray/train/NORMAL/._IM-0115-0001.jpeg"
    shadow.parent.mkdir(parents=True)
    shadow.write_bytes(b"\0\5\26\7")
    return Release(root=place, images=tuple(images), damages=DAMAGES, impossible=IMPOSSIBLE)


def grey(number):
    return picture(number, grey=True)


LEVEL = "{root}/chest_xray/chest_xray"
DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / "chest_xray/train/NORMAL/IM-0115-0001.jpeg").unlink(),
        message="{root}/chest_xray repeats 12 of the images and was not read",
        warns=True,
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "chest_xray/train/COVID/IM-0115-0001.jpeg", grey(9)),
        message="1 image under {root}/chest_xray is in no folder NORMAL or PNEUMONIA of a part and "
        "was left out: train/COVID/IM-0115-0001.jpeg",
        warns=True,
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "chest_xray/train/NORMAL/image1.jpeg", grey(9)),
        message="1 name tells no patient, group of its own: train/NORMAL/image1.jpeg",
        warns=True,
    ),
    Damage(
        kind="duplicate ids",
        apply=lambda root: None,
        message="{root}/chest_xray/chest_xray repeats 13 of the images and was not read",
        warns=True,
    ),
    Damage(
        kind="non-ASCII names",
        apply=lambda root: save(root / "chest_xray/train/NORMAL/größe.jpeg", np.array(grey(9))),
        message="1 name tells no patient, group of its own: train/NORMAL/größe.jpeg",
        warns=True,
    ),
)
IMPOSSIBLE = {
    "wrong header": "no table",
    "wrong size": "no container",
    "truncated container": "no container",
    "labels out of range": "labels are names of folders; labels = kind has tests of its own",
}
