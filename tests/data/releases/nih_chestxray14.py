"""NIH ChestX-ray14, first release: commas in the header, images in numbered folders."""

from pathlib import Path

import numpy as np
from release import Damage, Expected, Release, picture, save

HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
)
FINDINGS = (
    "Atelectasis",
    "Cardiomegaly",
    "Consolidation",
    "Edema",
    "Effusion",
    "Emphysema",
    "Fibrosis",
    "Hernia",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pleural_Thickening",
    "Pneumonia",
    "Pneumothorax",
)
IMAGES = (
    ("images_001/images/00000001_000.png", "1", ("Cardiomegaly",), "train"),
    ("images_001/images/00000001_001.png", "1", ("Cardiomegaly", "Emphysema"), "train"),
    ("images_001/images/00000002_000.png", "2", (), "train"),
    ("images_002/images/00001336_000.png", "1336", FINDINGS[:7], "train"),
    ("images_002/images/00001337_000.png", "1337", FINDINGS[7:], "test"),
    ("images_012/images/00028173_000.png", "28173", FINDINGS[::-1], "test"),
)
LISTS = {"train_val_list.txt": "train", "test_list.txt": "test"}
DATA = "Data_Entry_2017.csv"


def row(name, patient, labels):
    found = "|".join(labels) or "No Finding"
    return f"{Path(name).name},{found},0,{patient},58,M,PA,2894,2729,0.143,0.143,"


ROWS = tuple(row(name, patient, labels) for name, patient, labels, _ in IMAGES)


def write_lines(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def pixels(number):
    """Grey, and one of them with four channels, as a few of the release."""
    grey = picture(number, grey=True)
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)]) if number == 1 else grey


def build(place: Path) -> Release:
    root = place / "ChestX-ray14"
    for number, (name, *_) in enumerate(IMAGES):
        save(root / name, pixels(number))
    write_lines(root / DATA, (HEADER, *ROWS))
    for name, part in LISTS.items():
        write_lines(root / name, [Path(image).name for image, *_, own in IMAGES if own == part])
    write_lines(
        root / "BBox_List_2017.csv",
        ("Image Index,Finding Label,Bbox [x,y,w,h],,,", "00000001_000.png,Mass,225,547,86,79,,,"),
    )
    (root / "README_CHESTXRAY.pdf").write_bytes(b"%PDF-1.4")
    images = tuple(
        Expected(
            name=name,
            picture=picture(number, grey=True),
            labels=labels,
            group=patient,
            split=part,
        )
        for number, (name, patient, labels, part) in enumerate(IMAGES)
    )
    return Release(root=root, images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def rewrite(*rows, header=HEADER):
    return lambda root: write_lines(root / DATA, (header, *rows))


DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / IMAGES[2][0]).unlink(),
        message="{root}/Data_Entry_2017.csv, line 4: 1 of 6 images is not under {root}: "
        '00000002_000.png. Fetch the missing archives, or set missing = "leave-out" to read what '
        "is there.",
    ),
    Damage(
        kind="missing file",
        apply=lambda root: (root / "test_list.txt").unlink(),
        message="no official parts: test_list.txt is not under {root}",
        warns=True,
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "images_001/images/00000002_001.png", picture(9)),
        message="1 image under {root} is not in Data_Entry_2017.csv and was left out: "
        "images_001/images/00000002_001.png",
        warns=True,
    ),
    Damage(
        kind="unnamed file",
        apply=rewrite(*ROWS[:2], *ROWS[3:]),
        message="1 image of train_val_list.txt and test_list.txt is not in Data_Entry_2017.csv: "
        "00000002_000.png",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=rewrite(*ROWS, header=HEADER.replace("Finding Labels", "Findings")),
        message="{root}/Data_Entry_2017.csv has no column 'Finding Labels'. Did you mean "
        "'Findings'? Columns: "
        + HEADER.replace("Finding Labels", "Findings").rstrip(",").replace(",", ", ")
        + ".",
    ),
    Damage(
        kind="duplicate ids",
        apply=rewrite(*ROWS, ROWS[0]),
        message="{root}/Data_Entry_2017.csv, line 8: Image Index '00000001_000.png' is listed "
        "twice, first in line 2; keep one row per image.",
    ),
    Damage(
        kind="duplicate ids",
        apply=lambda root: write_lines(
            root / "test_list.txt", ["00001337_000.png", "00028173_000.png", "00000001_000.png"]
        ),
        message="{root}/test_list.txt, line 3: 00000001_000.png is in train_val_list.txt and "
        "test_list.txt; an image is in one official part. Fetch both again.",
    ),
    Damage(
        kind="labels out of range",
        apply=rewrite(*ROWS[:5], row(IMAGES[5][0], "28173", ("Mass", "Pleural Thickening"))),
        message="{root}/Data_Entry_2017.csv, line 7: Finding Labels is 'Mass|Pleural Thickening', "
        "where 'Pleural Thickening' is unknown; expected No Finding alone, or some of "
        + ", ".join(FINDINGS)
        + ", joined by |. Fetch the table again.",
    ),
)
IMPOSSIBLE = {
    "wrong size": "no container",
    "truncated container": "no container",
    "non-ASCII names": "names are numbers",
}
