"""Class folders, as somebody might keep them."""

from pathlib import Path

from data_problems import write_csv
from release import Damage, Expected, Release, picture, save

FILES = ("a/1.png", "a/10.PNG", "a/deep/er/2.png", "b b/Zoë.png", "b b/é.png")
GROUPS = ("p1", "p2", "p1", "p3", "p2")


def build(place: Path) -> Release:
    root = place / "release"
    for number, file in enumerate(FILES):
        save(root / file, picture(number))
    write_csv(root / "groups.csv", ("file", "group"), list(zip(FILES, GROUPS, strict=True)))
    images = tuple(
        Expected(name=file, picture=picture(number), labels=(file.split("/")[0],), group=group)
        for number, (file, group) in enumerate(zip(FILES, GROUPS, strict=True))
    )
    groups = "groups from groups.csv: {} groups; 1 {}"
    return Release(
        root=root,
        images=images,
        damages=(
            Damage(
                kind="missing file",
                apply=lambda root: (root / "a/1.png").unlink(),
                message=groups.format(3, "row without an image: a/1.png"),
                warns=True,
            ),
            Damage(
                kind="unnamed file",
                apply=lambda root: save(root / "a/3.png", picture(9)),
                message=groups.format(3, "image without a row is a group of its own: a/3.png"),
                warns=True,
            ),
            Damage(
                kind="wrong header",
                apply=lambda root: write_csv(
                    root / "groups.csv", ("file", "grp"), [("a/1.png", 1)]
                ),
                message="{root}/groups.csv has no column 'group'. Did you mean 'grp'? "
                "Columns: file, grp.",
            ),
            Damage(
                kind="duplicate ids",
                apply=lambda root: write_csv(
                    root / "groups.csv", ("file", "group"), [("a/1.png", 1), ("a/1.png", 2)]
                ),
                message="{root}/groups.csv, line 3: a/1.png is given a second group; an image "
                "belongs to one group.",
            ),
        ),
        impossible={
            "wrong size": "no container",
            "truncated container": "no container",
            "labels out of range": "labels are names of folders",
            "non-ASCII names": "in the miniature",
        },
    )
