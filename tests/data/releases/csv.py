"""A table of images with labels, groups and official parts."""

from pathlib import Path

from data_problems import write_csv
from release import Damage, Expected, Release, picture, save

HEADER = ("path", "label", "group", "split")
ROWS = (
    ("images/0.png", "nævus", "p0", "train"),
    ("images/1.png", "melanoma", "p1", "test"),
    ("images/2.png", "nævus", "p0", "train"),
    ("images/3.png", "melanoma", "p2", "val"),
    ("images/ü 4.png", "nævus", "p3", "test"),
)


def build(place: Path) -> Release:
    for number, (name, *_) in enumerate(ROWS):
        save(place / name, picture(number))
    root = write_csv(place / "labels.csv", HEADER, [ROWS[n] for n in (3, 1, 4, 0, 2)])
    images = tuple(
        Expected(
            name=name,
            picture=picture(number),
            labels=(label,),
            group=group,
            split={"val": "validation"}.get(part, part),
        )
        for number, (name, label, group, part) in enumerate(ROWS)
    )
    return Release(root=root, images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def rewrite(header=HEADER, rows=ROWS):
    return lambda root: write_csv(root, header, rows)


DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root.parent / "images/1.png").unlink(),
        message="{root}: 1 of 5 images are not under {root.parent}: images/1.png. Set images to "
        "the folder the paths are relative to, and extension if the paths have none.",
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root.parent / "images/9.png", picture(9)),
        message="1 image under {root.parent} is not in labels.csv and was left out: images/9.png",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=rewrite(header=("path", "lable", "group", "split")),
        message="{root} has no column 'label'. Did you mean 'lable'? Columns: path, lable, group, "
        "split.",
    ),
    Damage(
        kind="duplicate ids",
        apply=rewrite(rows=(*ROWS, ROWS[0])),
        message="{root}: images/0.png is listed twice, in lines 2 and 7; keep one row per image.",
    ),
    Damage(
        kind="labels out of range",
        apply=rewrite(rows=(*ROWS[:4], (ROWS[4][0], "", "p3", "test"))),
        message="{root}, line 6: label is blank; every image needs a label.",
    ),
)
IMPOSSIBLE = {
    "wrong size": "no container",
    "truncated container": "no container",
    "non-ASCII names": "in the miniature",
}
