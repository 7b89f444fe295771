"""CheXpert-v1.0-small: two tables, and images by patient, study and view."""

from pathlib import Path

from data_problems import write_csv
from release import Damage, Expected, Release, picture, save

FINDINGS = (
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
)
HEADER = ("Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *FINDINGS)
FIVE = ("Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion")
SICK = {"Cardiomegaly": "1.0", "Lung Opacity": "1.0", "Pleural Effusion": "1.0"}
IMAGES = (
    (
        "train/patient00001/study1/view1_frontal.jpg",
        {"No Finding": "1.0", "Pneumothorax": "0.0", "Support Devices": "1.0"},
        (),
    ),
    ("train/patient00002/study1/view1_frontal.jpg", SICK, ("Cardiomegaly", "Pleural Effusion")),
    ("train/patient00002/study1/view2_lateral.jpg", SICK, ("Cardiomegaly", "Pleural Effusion")),
    (
        "train/patient00002/study2/view1_frontal.jpg",
        {**dict.fromkeys(FIVE, "-1.0"), "Consolidation": "1.0"},
        ("Atelectasis", "Consolidation", "Edema"),
    ),
    (
        "train/patient00003/study1/view1_frontal.jpg",
        {"Atelectasis": "1.0", "Edema": "1.0", "Cardiomegaly": "-1.0", "Pneumonia": "-1.0"},
        ("Atelectasis", "Edema"),
    ),
    (
        "valid/patient64541/study1/view1_frontal.jpg",
        {**dict.fromkeys(FINDINGS, "0.0"), **dict.fromkeys(FIVE[:4], "1.0")},
        FIVE[:4],
    ),
    (
        "valid/patient64542/study1/view1_frontal.jpg",
        {**dict.fromkeys(FINDINGS, "0.0"), "Pleural Effusion": "1.0"},
        ("Pleural Effusion",),
    ),
)


def row(name, findings, folder="CheXpert-v1.0-small"):
    view = ("Frontal", "AP") if "frontal" in name else ("Lateral", "")
    cells = [findings.get(finding, "") for finding in FINDINGS]
    return (f"{folder}/{name}", "Female", "68", *view, *cells)


def rows(part):
    return [row(name, findings) for name, findings, _ in IMAGES if name.startswith(part)]


def write_tables(root, *, header=HEADER, train=None):
    write_csv(root / "train.csv", header, rows("train") if train is None else train)
    write_csv(root / "valid.csv", HEADER, rows("valid"))


def build(place: Path) -> Release:
    root = place / "Téléchargés" / "CheXpert-v1.0-small"
    for number, (name, _, _) in enumerate(IMAGES):
        save(root / name, picture(number, size=(39, 32), grey=True))
    write_tables(root)
    images = tuple(
        Expected(
            name=name,
            picture=picture(number, size=(39, 32), grey=True),
            labels=labels,
            group=name.split("/")[1],
            split="train" if name.startswith("train") else "validation",
        )
        for number, (name, _, labels) in enumerate(IMAGES)
    )
    return Release(root=root, images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def changed(**findings):
    """The train table with a third row of these findings."""
    there = rows("train")
    return [*there[:2], row(IMAGES[2][0], findings), *there[3:]]


DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / IMAGES[1][0]).unlink(),
        message="{root}/train.csv, line 3: 1 of 5 images is not under {root}: CheXpert-v1.0-small/"
        "train/patient00002/study1/view1_frontal.jpg. Fetch the missing files, or remove their "
        "rows.",
    ),
    Damage(
        kind="missing file",
        apply=lambda root: (root / "train.csv").unlink(),
        message="{root} holds no train.csv; expected a folder with train.csv, valid.csv and "
        "images such as train/patient00001/study1/view1_frontal.jpg.",
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "valid/patient64541/study1/view3_lateral.JPG", picture(8)),
        message="1 image under {root} is not in train.csv or valid.csv and was left out: "
        "valid/patient64541/study1/view3_lateral.JPG",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=lambda root: write_tables(root, header=("Image", *HEADER[1:])),
        message="{root}/train.csv has no column 'Path'. Columns: Image, "
        + ", ".join(HEADER[1:])
        + ".",
    ),
    Damage(
        kind="wrong header",
        apply=lambda root: write_tables(
            root, header=[name.replace("Effusion", "Efusion") for name in HEADER]
        ),
        message="{root}/train.csv has no column 'Pleural Effusion'. Did you mean 'Pleural Efusion'?"
        " Columns: " + ", ".join(HEADER).replace("Effusion", "Efusion") + ".",
    ),
    Damage(
        kind="duplicate ids",
        apply=lambda root: write_tables(root, train=[*rows("train"), rows("train")[1]]),
        message="{root}/train.csv, line 7: CheXpert-v1.0-small/train/patient00002/study1/"
        "view1_frontal.jpg is listed twice, first in train.csv, line 3; keep one row per image.",
    ),
    Damage(
        kind="duplicate ids",
        apply=lambda root: write_csv(
            root / "valid.csv", HEADER, [*rows("valid"), rows("train")[1]]
        ),
        message="{root}/valid.csv, line 4: CheXpert-v1.0-small/train/patient00002/study1/"
        "view1_frontal.jpg is listed twice, first in train.csv, line 3; keep one row per image.",
    ),
    Damage(
        kind="labels out of range",
        apply=lambda root: write_tables(root, train=changed(Edema="2.0")),
        message="{root}/train.csv, line 4: Edema is '2.0'; expected 1.0 (yes), 0.0 (no), -1.0 "
        "(uncertain) or blank. Fetch the table again.",
    ),
)
IMPOSSIBLE = {
    "wrong size": "no container",
    "truncated container": "no container",
    "non-ASCII names": "names are numbers; the folder above them is not ASCII in the miniature",
}
