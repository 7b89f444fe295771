"""HAM10000 as Kaggle gives it, with the tables of pixels beside it."""

from pathlib import Path

from data_problems import write_csv
from release import Damage, Expected, Release, picture, save

HEADER = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
CLASSES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
METADATA = "HAM10000_metadata.csv"
COUNT = 16


def row(number):
    """The last two images are of the first two lesions."""
    return (
        f"HAM_{number % 14:07d}",
        f"ISIC_{27419 + number:07d}",
        CLASSES[number % 7],
        ("histo", "follow_up", "consensus", "confocal")[number % 4],
        "" if number == 3 else "80.0",
        ("male", "female", "unknown")[number % 3],
        "lower extremity",
    )


def name(number):
    return f"HAM10000_images_part_{1 if number < 8 else 2}/ISIC_{27419 + number:07d}.jpg"


def build(place: Path) -> Release:
    root = place / "skin-cancer-mnist-ham10000"
    for number in range(COUNT):
        save(root / name(number), picture(number))
    order = [5, 0, 11, *(n for n in range(COUNT) if n not in (5, 0, 11))]
    write_csv(root / METADATA, HEADER, [row(number) for number in order])
    write_csv(root / "hmnist_8_8_L.csv", ("pixel0000", "label"), [(12, 0)])
    images = tuple(
        Expected(
            name=name(number),
            picture=picture(number),
            labels=(CLASSES[number % 7],),
            group=row(number)[0],
        )
        for number in range(COUNT)
    )
    return Release(root=root, images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def rewrite(header, rows):
    return lambda root: write_csv(root / METADATA, header, rows)


ROWS = [row(number) for number in range(COUNT)]
DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / name(0)).unlink(),
        message="{root}/HAM10000_metadata.csv, line 3: 1 of 16 images is not under {root}: "
        "ISIC_0027419. Fetch the missing files, or remove their rows.",
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "HAM10000_images_part_2/ISIC_0099999.JPG", picture(3)),
        message="1 image under {root} is not in HAM10000_metadata.csv and was left out: "
        "HAM10000_images_part_2/ISIC_0099999.JPG",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=rewrite(("lesion", *HEADER[1:]), ROWS),
        message="{root}/HAM10000_metadata.csv has no column 'lesion_id'. Did you mean 'lesion'? "
        "Columns: lesion, image_id, dx, dx_type, age, sex, localization.",
    ),
    Damage(
        kind="duplicate ids",
        apply=rewrite(HEADER, [*ROWS, ROWS[1]]),
        message="{root}/HAM10000_metadata.csv, line 18: image_id 'ISIC_0027420' is listed twice, "
        "first in line 3; keep one row per image.",
    ),
    Damage(
        kind="labels out of range",
        apply=rewrite(HEADER, [(*ROWS[0][:2], "scc", *ROWS[0][3:]), *ROWS[1:]]),
        message="{root}/HAM10000_metadata.csv, line 2: dx is 'scc'; expected one of akiec, bcc, "
        "bkl, df, mel, nv, vasc.",
    ),
)
IMPOSSIBLE = {
    "wrong size": "no container",
    "truncated container": "no container",
    "non-ASCII names": "names are numbers of the ISIC archive",
}
