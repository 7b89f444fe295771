"""Histopathologic Cancer Detection of Kaggle: patches named by hashes, and a table."""

from pathlib import Path

from data_problems import write_csv
from release import Damage, Expected, Release, picture, save

IDS = (
    ("00001b2b5609af42ab0ab276dd4cd41c3e7745b5", 1),
    ("068aba587a4950175d04c680d38943fd488d6a9d", 0),
    ("755db6279dae599ebb4d39a9123cce439965282d", 0),
    ("c18f2d887b7ae4f6742ee445113fa1aef383ed77", 1),
    ("f38a6374c348f90b587e046aac6079959adf3835", 0),
)
ROWS = tuple(IDS[position] for position in (4, 3, 2, 1, 0))


def build(place: Path) -> Release:
    root = place / "histopathologic-cancer-detection"
    for number, (name, _) in enumerate(IDS):
        save(root / "train" / f"{name}.tif", picture(number, size=(96, 96)))
    unlabelled = "0b2ea2a822ad23fdb1b5dd26653da899fbd2c0d5"
    save(root / "test" / f"{unlabelled}.tif", picture(8, size=(96, 96)))
    write_csv(root / "train_labels.csv", ("id", "label"), ROWS)
    write_csv(root / "sample_submission.csv", ("id", "label"), [(unlabelled, 0)])
    images = tuple(
        Expected(
            name=f"train/{name}.tif",
            picture=picture(number, size=(96, 96)),
            labels=("tumor" if label else "normal",),
        )
        for number, (name, label) in enumerate(IDS)
    )
    return Release(root=root, images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def rewrite(header=("id", "label"), rows=ROWS):
    return lambda root: write_csv(root / "train_labels.csv", header, rows)


DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / "train" / f"{IDS[3][0]}.tif").unlink(),
        message="{root}/train_labels.csv, line 3: 1 of 5 images is not under {root}/train: "
        "c18f2d887b7ae4f6742ee445113fa1aef383ed77. Fetch the missing files, or remove their rows.",
    ),
    Damage(
        kind="missing file",
        apply=lambda root: (root / "train_labels.csv").unlink(),
        message="{root} holds no train_labels.csv; expected a folder with train_labels.csv and the "
        "images train/<id>.tif.",
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "train/zzz.tif", picture(9)),
        message="1 image under {root}/train is not in train_labels.csv and was left out: zzz.tif",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=rewrite(header=("id", "labels")),
        message="{root}/train_labels.csv has no column 'label'. Did you mean 'labels'? Columns: "
        "id, labels.",
    ),
    Damage(
        kind="duplicate ids",
        apply=rewrite(rows=(*ROWS, ROWS[1])),
        message="{root}/train_labels.csv, line 7: id 'c18f2d887b7ae4f6742ee445113fa1aef383ed77' is "
        "listed twice, first in line 3; keep one row per image.",
    ),
    Damage(
        kind="labels out of range",
        apply=rewrite(rows=(*ROWS[:4], (IDS[0][0], 2))),
        message="{root}/train_labels.csv, line 6: label is '2'; expected one of 0, 1.",
    ),
)
IMPOSSIBLE = {
    "wrong size": "no container",
    "truncated container": "no container",
    "non-ASCII names": "names are hexadecimal",
}
