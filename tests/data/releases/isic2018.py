"""ISIC 2018 Task 3 as the challenge's site gives it: training, validation and test unpacked."""

from pathlib import Path

from data_problems import write_csv
from release import Damage, Expected, Release, picture, save

CLASSES = ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
HEADER = ("image", *CLASSES)
FIRST = {"Training": 24306, "Validation": 34321, "Test": 34524}
COUNTS = {"Training": 15, "Validation": 7, "Test": 7}
SPLIT = {"Training": "train", "Validation": "validation", "Test": "test"}
LESIONS = "ISIC2018_Task3_Training_LesionGroupings.csv"


def folder(part):
    return f"ISIC2018_Task3_{part}_Input"


def truth(part):
    return f"ISIC2018_Task3_{part}_GroundTruth/ISIC2018_Task3_{part}_GroundTruth.csv"


def ids(part):
    return [f"ISIC_{FIRST[part] + number:07d}" for number in range(COUNTS[part])]


def rows(part):
    """The classes in turn; the last training image is a second one of the first lesion."""
    classes = [CLASSES[number % 7] for number in range(COUNTS[part])]
    return [
        (image, *("1.0" if name == its else "0.0" for name in CLASSES))
        for image, its in zip(ids(part), classes, strict=True)
    ]


def lesion(part, number):
    """The lesion of a training image; those of the other parts are not published."""
    if part != "Training":
        return f"{part} {number}"
    return f"HAM_{0 if number == 14 else number:07d}"


def build(place: Path) -> Release:
    root = place / "isic2018"
    images = []
    for part in COUNTS:
        for number, image in enumerate(ids(part)):
            name = f"{folder(part)}/{image}.jpg"
            save(root / name, picture(len(images)))
            images.append(
                Expected(
                    name=name,
                    picture=picture(len(images)),
                    labels=(CLASSES[number % 7],),
                    group=lesion(part, number),
                    split=SPLIT[part],
                )
            )
        (root / truth(part)).parent.mkdir()
        write_csv(root / truth(part), HEADER, rows(part))
        for beside in (root / folder(part), (root / truth(part)).parent):
            (beside / "ATTRIBUTION.txt").write_text("HAM10000, ViDIR Group, Medical University\n")
            (beside / "LICENSE.txt").write_text("CC BY-NC 4.0\n")
    groups = [
        (image, lesion("Training", number), "histopathology" if number % 2 else "serial imaging")
        for number, image in reversed(list(enumerate(ids("Training"))))
    ]
    write_csv(root / LESIONS, ("image", "lesion_id", "diagnosis_confirm_type"), groups)
    return Release(
        root=root,
        options={"parts": ["train", "validation", "test"]},
        images=tuple(sorted(images, key=lambda image: image.name)),
        damages=DAMAGES,
        impossible=IMPOSSIBLE,
    )


def rewrite(part, header, rows):
    return lambda root: write_csv(root / truth(part), header, rows)


def with_row(row):
    return rewrite("Test", HEADER, [*rows("Test")[:-1], row])


DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / folder("Training") / "ISIC_0024308.jpg").unlink(),
        message="{root}/" + truth("Training") + ", line 4: 1 of 15 images is not under {root}/"
        "ISIC2018_Task3_Training_Input: ISIC_0024308. Fetch the missing files, or remove their "
        "rows.",
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / folder("Test") / "ISIC_0099999.jpg", picture(3)),
        message="1 image under {root}/ISIC2018_Task3_Test_Input is not in "
        "ISIC2018_Task3_Test_GroundTruth.csv and was left out: ISIC_0099999.jpg",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=rewrite("Training", ("image", *CLASSES[:-1], "VASCULAR"), rows("Training")),
        message="{root}/" + truth("Training") + " has no column 'VASC'. Did you mean 'VASCULAR'? "
        "Columns: image, MEL, NV, BCC, AKIEC, BKL, DF, VASCULAR.",
    ),
    Damage(
        kind="duplicate ids",
        apply=rewrite("Test", HEADER, [*rows("Test"), rows("Test")[0]]),
        message="{root}/" + truth("Test") + ", line 9: image 'ISIC_0034524' is listed twice, first "
        "in line 2; keep one row per image.",
    ),
    Damage(
        kind="labels out of range",
        apply=with_row(("ISIC_0034530", *"0000000")),
        message="{root}/" + truth("Test") + ", line 8: MEL, NV, BCC, AKIEC, BKL, DF, VASC are 0, "
        "0, 0, 0, 0, 0, 0; expected one 1.0 and otherwise 0.0. Fetch the table again.",
    ),
    Damage(
        kind="labels out of range",
        apply=with_row(("ISIC_0034530", *"0110000")),
        message="{root}/" + truth("Test") + ", line 8: MEL, NV, BCC, AKIEC, BKL, DF, VASC are 0, "
        "1, 1, 0, 0, 0, 0; expected one 1.0 and otherwise 0.0. Fetch the table again.",
    ),
    Damage(
        kind="labels out of range",
        apply=with_row(("ISIC_0034530", "0.5", "0.5", *"00000")),
        message="{root}/" + truth("Test") + ", line 8: MEL, NV, BCC, AKIEC, BKL, DF, VASC are 0.5, "
        "0.5, 0, 0, 0, 0, 0; expected one 1.0 and otherwise 0.0. Fetch the table again.",
    ),
)
IMPOSSIBLE = {
    "wrong size": "no container",
    "truncated container": "no container",
    "non-ASCII names": "names are numbers of the ISIC archive",
}
