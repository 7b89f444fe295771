"""DTD r1.0.1 as ``dtd-r1.0.1.tar.gz`` unpacks, with two of its ten divisions."""

from pathlib import Path

from release import Damage, Expected, Release, picture, save

FILES = (
    "banded/banded_0002.jpg",
    "banded/banded_0004.jpg",
    "banded/banded_0005.JPG",
    "cracked/cracked_0004.jpg",
    "cracked/cracked_0006.jpg",
    "cracked/cracked_0007.jpg",
    "polka-dotted/polka-dotted_0001.jpg",
    "polka-dotted/polka-dotted_0002.jpg",
    "polka-dotted/polka-dotted_0003.jpg",
)
PARTS = ("train", "val", "test")
ATTRIBUTES = {0: "banded cracked", 4: "cracked banded ", 8: "polka-dotted"}
ONE, LAST = FILES[0], "cracked/cracked_0007.jpg"


def build(place: Path) -> Release:
    dtd = place / "dtd"
    for number, file in enumerate(FILES):
        save(dtd / "images" / file, picture(number))
    (dtd / "images/banded/.directory").write_text("[Dolphin]\n")
    (dtd / "imdb").mkdir()
    (dtd / "imdb/imdb.mat").write_bytes(b"MATLAB 5.0 MAT-file")
    (dtd / "labels").mkdir()
    for division in (1, 2):
        for start, part in enumerate(PARTS):
            names = [
                file.replace(".JPG", ".jpg") for file in FILES[(start + division - 1) % 3 :: 3]
            ]
            (dtd / f"labels/{part}{division}.txt").write_text("\n".join(names) + "\n")
    lines = [f"{f} {ATTRIBUTES.get(n, f.split('/')[0])} \n" for n, f in enumerate(FILES)]
    (dtd / "labels/labels_joint_anno.txt").write_text("".join(lines).replace(".JPG", ".jpg"))
    images = tuple(
        Expected(
            name=file,
            picture=picture(number),
            labels=(file.split("/")[0],),
            split=("train", "validation", "test")[number % 3],
        )
        for number, file in enumerate(FILES)
    )
    return Release(root=place, images=images, damages=DAMAGES, impossible=IMPOSSIBLE)


def add(line, file="dtd/labels/val1.txt"):
    def apply(root):
        with (root / file).open("a", encoding="utf-8") as handle:
            handle.write(f"{line}\n")

    return apply


DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / "dtd/images" / LAST).unlink(),
        message="{root}/dtd/labels/test1.txt, line 2: cracked/cracked_0007.jpg is not under "
        "{root}/dtd/images; fetch the file, or remove the line.",
    ),
    Damage(
        kind="missing file",
        apply=lambda root: (root / "dtd/labels/val1.txt").unlink(),
        message="{root}/dtd/labels holds no val1.txt; fetch the release's folder labels again.",
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "dtd/images/cracked/cracked_0009.jpg", picture(9)),
        message="1 image under {root}/dtd/images is not in train1.txt, val1.txt, test1.txt and was "
        "left out: cracked/cracked_0009.jpg",
        warns=True,
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / "dtd/images/cracked_0009.jpg", picture(9)),
        message="1 image under {root}/dtd/images is not in a class folder and was left out: "
        "cracked_0009.jpg",
        warns=True,
    ),
    Damage(
        kind="duplicate ids",
        apply=add(ONE),
        message="{root}/dtd/labels/val1.txt, line 4: banded/banded_0002.jpg is listed twice, first "
        "in train1.txt, line 1; keep one line per image.",
    ),
    Damage(
        kind="non-ASCII names",
        apply=add("banded/bändig.jpg"),
        message="{root}/dtd/labels/val1.txt, line 4: banded/bändig.jpg is not under "
        "{root}/dtd/images; fetch the file, or remove the line.",
    ),
)
IMPOSSIBLE = {
    "wrong header": "lists have no header",
    "wrong size": "no container",
    "truncated container": "no container",
    "labels out of range": "labels are names of folders; labels = joint has tests of its own",
}
