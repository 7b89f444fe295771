"""APTOS 2019 as Kaggle gives it: graded training images, and test images without labels."""

from pathlib import Path

from data_problems import write_csv
from release import Damage, Expected, Release, picture, save

GRADES = ("no_dr", "mild", "moderate", "severe", "proliferative")
ROWS = [
    ("000c1434d8d7", 2),
    ("001639a390f0", 4),
    ("0024cdab0c1e", 1),
    ("002c21358ce6", 0),
    ("005b95c28852", 0),
    ("0083ee8054ee", 4),
    ("0097f532ac9f", 0),
    ("00a8624548a9", 2),
    ("00b74780d31d", 2),
    ("00cb6555d108", 1),
    ("0104b032c141", 3),
    ("0124dffecf29", 3),
]
TEST = ("0005cfc8afb6", "003f0afdcd15")


def build(place: Path) -> Release:
    root = place / "aptos2019-blindness-detection"
    for number, (image, _) in enumerate(ROWS):
        save(root / f"train_images/{image}.png", picture(number, size=(32, 21)))
    for image in TEST:
        save(root / f"test_images/{image}.png", picture(0))
    write_csv(root / "train.csv", ("id_code", "diagnosis"), list(reversed(ROWS)))
    write_csv(root / "test.csv", ("id_code",), [(image,) for image in TEST])
    write_csv(root / "sample_submission.csv", ("id_code", "diagnosis"), [(i, 0) for i in TEST])
    images = tuple(
        Expected(
            name=f"train_images/{image}.png",
            picture=picture(number, size=(32, 21)),
            labels=(GRADES[grade],),
        )
        for number, (image, grade) in enumerate(ROWS)
    )
    return Release(root=root, images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def rewrite(header, rows):
    return lambda root: write_csv(root / "train.csv", header, rows)


DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / "train_images/001639a390f0.png").unlink(),
        message="{root}/train.csv, line 12: 1 of 12 images is not under {root}/train_images: "
        "001639a390f0. Fetch the missing files, or remove their rows.",
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "train_images/ffffffffffff.png", picture(3)),
        message="1 image under {root}/train_images is not in train.csv and was left out: "
        "ffffffffffff.png",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=rewrite(("id_code", "grade"), ROWS),
        message="{root}/train.csv has no column 'diagnosis'. Columns: id_code, grade.",
    ),
    Damage(
        kind="duplicate ids",
        apply=rewrite(("id_code", "diagnosis"), [*ROWS, ROWS[2]]),
        message="{root}/train.csv, line 14: id_code '0024cdab0c1e' is listed twice, first in line "
        "4; keep one row per image.",
    ),
    Damage(
        kind="labels out of range",
        apply=rewrite(("id_code", "diagnosis"), [*ROWS[:-1], (ROWS[-1][0], "2.5")]),
        message="{root}/train.csv, line 13: diagnosis is '2.5'; expected one of 0, 1, 2, 3, 4.",
    ),
    Damage(
        kind="labels out of range",
        apply=rewrite(("id_code", "diagnosis"), [*ROWS[:-1], (ROWS[-1][0], "")]),
        message="{root}/train.csv, line 13: diagnosis is ''; expected one of 0, 1, 2, 3, 4.",
    ),
)
IMPOSSIBLE = {
    "wrong size": "no container",
    "truncated container": "no container",
    "non-ASCII names": "names are hexadecimal numbers",
}
