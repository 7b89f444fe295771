"""ILSVRC-2012 as Kaggle's zip unpacks."""

from pathlib import Path

from data_problems import write_csv
from release import Damage, Expected, Release, picture, save

CLS = "ILSVRC/Data/CLS-LOC"
TRAIN = (
    "n01440764/n01440764_10026.JPEG",
    "n01440764/n01440764_é.JPEG",
    "n02012849/n02012849_18.JPEG",
    "n02012849/n02012849_7.JPEG",
    "n03126707/n03126707_1.JPEG",
    "n03126707/n03126707_2.JPEG",
)
VAL = ("n03126707", "n01440764", "n01440764")
WORDS = {"n01440764": "tench, Tinca tinca", "n02012849": "crane", "n03126707": "crane"}
HEADER = ("ImageId", "PredictionString")
ROWS = tuple(
    (f"ILSVRC2012_val_{number:08d}", f"{synset} 111 108 457 413 " * (number % 2 + 1))
    for number, synset in enumerate(VAL, start=1)
)
SOLUTION = "LOC_val_solution.csv"


def build(place: Path) -> Release:
    images = []
    for number, file in enumerate(TRAIN):
        name = f"train/{file}"
        save(place / CLS / name, picture(number))
        labels = (file.split("/")[0],)
        images.append(Expected(name=name, picture=picture(number), labels=labels, split="train"))
    for number, synset in enumerate(VAL, start=1):
        name = f"val/ILSVRC2012_val_{number:08d}.JPEG"
        pixels = picture(number, size=(21, 30))
        save(place / CLS / name, pixels)
        images.append(Expected(name=name, picture=pixels, labels=(synset,), split="validation"))
    save(place / CLS / "test/ILSVRC2012_test_00000001.JPEG", picture(9))
    boxes = place / "ILSVRC/Annotations/CLS-LOC/train/n01440764/n01440764_10026.xml"
    boxes.parent.mkdir(parents=True)
    boxes.write_text("<annotation/>")
    (place / "ILSVRC/ImageSets/CLS-LOC").mkdir(parents=True)
    (place / "ILSVRC/ImageSets/CLS-LOC/train_cls.txt").write_text("n01440764/n01440764_10026 1\n")
    write_csv(place / SOLUTION, HEADER, [ROWS[n] for n in (2, 0, 1)])
    lines = [f"{synset} {words}\n" for synset, words in WORDS.items()]
    (place / "LOC_synset_mapping.txt").write_text("".join(lines))
    return Release(root=place, images=tuple(images), damages=DAMAGES, impossible=IMPOSSIBLE)


def rewrite(header=HEADER, rows=ROWS):
    return lambda root: write_csv(root / SOLUTION, header, rows)


DAMAGES = (
    Damage(
        kind="missing file",
        apply=lambda root: (root / CLS / "val/ILSVRC2012_val_00000002.JPEG").unlink(),
        message="{root}/LOC_val_solution.csv, line 4: 1 of 3 images is not under "
        "{root}/ILSVRC/Data/CLS-LOC/val: ILSVRC2012_val_00000002. Fetch the missing files, or "
        "remove their rows.",
    ),
    Damage(
        kind="missing file",
        apply=lambda root: (root / SOLUTION).unlink(),
        message="{root}/ILSVRC/Data/CLS-LOC/val holds 3 validation images in one folder, but there "
        "is neither LOC_val_solution.csv nor ILSVRC2012_validation_ground_truth.txt with meta.mat; "
        'fetch one of them, or write parts = ["train"].',
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / CLS / "val/ILSVRC2012_val_00000004.JPEG", picture(9)),
        message="1 image under {root}/ILSVRC/Data/CLS-LOC/val is not in LOC_val_solution.csv and "
        "was left out: ILSVRC2012_val_00000004.JPEG",
        warns=True,
    ),
    Damage(
        kind="unnamed file",
        apply=lambda root: save(root / CLS / "train/stray.JPEG", picture(9)),
        message="1 image under {root}/ILSVRC/Data/CLS-LOC/train is not in a folder of a synset and "
        "was left out: stray.JPEG",
        warns=True,
    ),
    Damage(
        kind="wrong header",
        apply=rewrite(header=("ImageID", "PredictionString")),
        message="{root}/LOC_val_solution.csv has no column 'ImageId'. Did you mean 'ImageID'? "
        "Columns: ImageID, PredictionString.",
    ),
    Damage(
        kind="duplicate ids",
        apply=rewrite(rows=(*ROWS, ROWS[0])),
        message="{root}/LOC_val_solution.csv, line 5: ImageId 'ILSVRC2012_val_00000001' is listed "
        "twice, first in line 2; keep one row per image.",
    ),
    Damage(
        kind="labels out of range",
        apply=rewrite(rows=(*ROWS[:2], (ROWS[2][0], "tench 1 2 3 4"))),
        message="{root}/LOC_val_solution.csv, line 4: PredictionString begins with 'tench'; "
        "expected a synset such as n01440764.",
    ),
)
IMPOSSIBLE = {
    "wrong size": "no container",
    "truncated container": "no container; meta.mat of the development kit has tests of its own",
    "non-ASCII names": "in the miniature",
}
