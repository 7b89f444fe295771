"""EyePACS as Kaggle gives it: both eyes of patients, and the labels of the test part."""

from pathlib import Path

from data_problems import write_csv
from release import Damage, Expected, Release, picture, save

GRADES = ("no_dr", "mild", "moderate", "severe", "proliferative")
TRAIN = {10: (0, 1), 13: (2, 3), 1000: (4, 0), 17: (1, 2), 99: (3, 4)}
TEST = {1: (0, 1), 2: (2, 3), 44349: (4, 4), 6: (0, 0)}
"""The grades of the left and the right eye of each patient."""


def rows(patients):
    return [
        (f"{patient}_{side}", grade)
        for patient, pair in patients.items()
        for side, grade in zip(("left", "right"), pair, strict=True)
    ]


def solution():
    eyes = rows(TEST)
    return [(*eye, ("Public", "Private")[n % 2]) for n, eye in enumerate(eyes)]


def build(place: Path) -> Release:
    root = place / "diabetic-retinopathy-detection"
    images = []
    for part, patients in (("train", TRAIN), ("test", TEST)):
        for eye, grade in rows(patients):
            save(root / f"{part}/{eye}.jpeg", picture(len(images), size=(30, 20)))
            images.append(
                Expected(
                    name=f"{part}/{eye}.jpeg",
                    picture=picture(len(images), size=(30, 20)),
                    labels=(GRADES[grade],),
                    group=eye.split("_")[0],
                    split=part,
                )
            )
    write_csv(root / "trainLabels.csv", ("image", "level"), rows(TRAIN))
    write_csv(root / "retinopathy_solution.csv", ("image", "level", "Usage"), solution())
    write_csv(root / "sampleSubmission.csv", ("image", "level"), [("1_left", 0)])
    return Release(
        root=root,
        options={"parts": ["train", "test"]},
        images=tuple(sorted(images, key=lambda image: image.name)),
        damages=DAMAGES,
        impossible=IMPOSSIBLE,
    )


def rewrite(header, rows):
    return lambda root: write_csv(root / "trainLabels.csv", header, rows)


DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / "test/2_left.jpeg").unlink(),
        message="{root}/retinopathy_solution.csv, line 4: 1 of 8 images is not under {root}/test: "
        "2_left. Fetch the missing files, or remove their rows.",
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "train/11_left.jpeg", picture(3)),
        message="1 image under {root}/train is not in trainLabels.csv and was left out: "
        "11_left.jpeg",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=rewrite(("image", "levels"), rows(TRAIN)),
        message="{root}/trainLabels.csv has no column 'level'. Did you mean 'levels'? Columns: "
        "image, levels.",
    ),
    Damage(
        kind="duplicate ids",
        apply=rewrite(("image", "level"), [*rows(TRAIN), ("10_left", 4)]),
        message="{root}/trainLabels.csv, line 12: image '10_left' is listed twice, first in line "
        "2; keep one row per image.",
    ),
    Damage(
        kind="labels out of range",
        apply=rewrite(("image", "level"), [*rows(TRAIN)[:-1], ("99_right", 5)]),
        message="{root}/trainLabels.csv, line 11: level is '5'; expected one of 0, 1, 2, 3, 4.",
    ),
)
IMPOSSIBLE = {
    "wrong size": "no container",
    "truncated container": "no container",
    "non-ASCII names": "names are numbers of patients",
}
