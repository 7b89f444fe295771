"""A small study of real runs, and images for it."""

import json
import subprocess
import sys

import numpy as np
import tomli_w
from PIL import Image


def write_images(folder, classes, *, per_class=12, groups_of=2, size=16, seed=0, group="patient"):
    """Class folders of noisy squares, brighter from class to class, with a groups.csv."""
    rng = np.random.default_rng(seed)
    rows = ["file,group"]
    for number, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i in range(per_class):
            level = 60 + 120 * number / max(len(classes) - 1, 1)
            noise = rng.normal(level, 45, (size, size, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(noise).save(folder / name / f"{i:03d}.png")
            rows.append(f"{name}/{i:03d}.png,{group}-{name}-{i // groups_of}")
    (folder / "groups.csv").write_text("\n".join(rows) + "\n")
    return folder


def study_table(**changes):
    """A small study of real runs: one pretrained source, one target, two folds."""
    table = {
        "title": "Small",
        "networks": ["test_efficientnet"],
        "datasets": {
            "shapes": {"reader": "folder", "root": "shapes"},
            "lesions": {"reader": "folder", "root": "lesions"},
        },
        "sources": {"shapes": {"start": "dataset:shapes"}},
        "pretrain": {"epochs": 1, "image_size": 16, "batch_size": 8},
        "finetune": {"epochs": 2, "image_size": 16, "batch_size": 8},
        "protocol": {"folds": 2, "threads": 1},
    }
    return json.loads(json.dumps(table)) | changes


def write_study(folder, **changes):
    """Write the small study as a file beside its images."""
    path = folder / "study.toml"
    path.write_text(tomli_w.dumps(study_table(**changes)))
    return path


def command(*arguments):
    """The command line, as one starts it in another process."""
    return [sys.executable, "-m", "warmstart.cli.main", *map(str, arguments)]


def warmstart(*arguments, cwd=None, code=0):
    """Run a command in a process of its own; return its output and its messages."""
    done = subprocess.run(
        command(*arguments), cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout, done.stderr
