"""What the report needs to know of the datasets: Table I, and a few pictures per class."""

import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from warmstart.core.store import write_file
from warmstart.data.checks import class_counts
from warmstart.data.dataset import Dataset
from warmstart.models.starts import parse_start
from warmstart.reports.contents import COLUMNS
from warmstart.reports.tables import csv_text
from warmstart.studies.config import Study, parents_of
from warmstart.studies.consistency import target_datasets
from warmstart.studies.inputs import Inputs
from warmstart.studies.leakage import Leak

PICTURES = 6
PICTURE_SIZE = 64
MOST_CLASSES = 12
NOTE_SEPARATOR = " · "
LEAKS = list(COLUMNS["leaks"])
"""Columns of ``leakage.csv``."""
_LEAKS = "leakage"


def write_dataset_table(study: Study, inputs: Inputs, out: Path) -> None:
    """Write ``datasets.csv``, ``leakage.csv``, and ``samples/`` unless they are there already."""
    stamp = json.dumps(inputs.identities, indent=1, sort_keys=True)
    stamp_file = out / "samples" / "identities.json"
    current = stamp_file.is_file() and stamp_file.read_text("utf-8") == stamp
    if not current:
        shutil.rmtree(out / "samples", ignore_errors=True)
    rows = []
    for name, dataset in inputs.datasets.items():
        key = min(key for key in inputs.prepared if key[0] == name)
        images, own_rows = inputs.prepared[key]
        channels = images.array.shape[-1]
        rows.append(dataset_row(study, dataset, images.native_sizes[own_rows], channels))
        if not current:
            _write_pictures(dataset, images.array, own_rows, out / "samples" / name)
    write_file(out / "datasets.csv", csv_text(dataset_frame(rows)))
    leaks = pd.DataFrame([[getattr(leak, name) for name in LEAKS] for leak in inputs.leaks])
    leaks = leaks.set_axis(LEAKS, axis=1) if len(leaks) else pd.DataFrame(columns=LEAKS)
    write_file(out / "leakage.csv", csv_text(leaks))
    if not current:
        _write_leaks(inputs.leaks, out / "samples" / _LEAKS)
    write_file(stamp_file, stamp)


def _write_leaks(leaks: Sequence[Leak], folder: Path) -> None:
    """Both images of every drawn pair side by side."""
    written = []
    for number, caption, picture in leak_pictures(leaks):
        write_file(folder / f"{number}.png", picture)
        written.append((number, caption))
    write_file(folder / "pairs.json", json.dumps(written))


def leak_pictures(leaks: Sequence[Leak]) -> Iterator[tuple[int, str, bytes]]:
    """Number, caption and both images as one PNG of every drawn pair."""
    for number, leak in enumerate(leaks):
        if leak.pixels is not None:
            yield number, _caption(leak), strip(leak.pixels)


def _caption(leak: Leak) -> str:
    same = leak.dataset == leak.other
    where = leak.dataset if same else f"{leak.dataset} and {leak.other}"
    kind = "identical" if leak.identical else "near-duplicates"
    labels = leak.label if leak.label == leak.other_label else f"{leak.label} / {leak.other_label}"
    return f"{where}: {leak.image} and {leak.other_image}, {kind} ({labels})"


def read_dataset_table(out: Path) -> pd.DataFrame:
    """Table I; texts stay texts, also a dataset called ``2018`` or ``NA``."""
    texts = dict.fromkeys(["dataset", "reader", "roles", "class_names", "notes", "warnings"], str)
    return pd.read_csv(
        out / "datasets.csv",
        dtype=texts | {"groups": "Int64"},
        keep_default_na=False,
        na_values={"groups": [""]},
    )


def read_leak_table(out: Path) -> pd.DataFrame:
    """Every pair of images that show the same picture; none in a folder of an older version."""
    file = out / "leakage.csv"
    if not file.is_file():
        return pd.DataFrame(columns=LEAKS)
    texts = dict.fromkeys(LEAKS[:6], str)
    return pd.read_csv(file, dtype=texts, keep_default_na=False)


def read_leaks(out: Path) -> list[tuple[str, bytes]]:
    """The pairs that are drawn: what they are, and both images as one PNG file."""
    index = out / "samples" / _LEAKS / "pairs.json"
    if not index.is_file():
        return []
    return [
        (caption, (index.parent / f"{number}.png").read_bytes())
        for number, caption in json.loads(index.read_text("utf-8"))
    ]


def read_pictures(out: Path) -> dict[str, list[tuple[str, bytes]]]:
    """The strips of pictures of each dataset: class names and PNG files."""
    found = {}
    for index in sorted((out / "samples").glob("*/classes.json")):
        names = json.loads(index.read_text("utf-8"))
        found[index.parent.name] = [
            (name, (index.parent / f"{number}.png").read_bytes()) for number, name in names
        ]
    return found


def dataset_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of ``datasets.csv``; groups stay whole numbers where one dataset has none."""
    return pd.DataFrame(rows).astype({"groups": "Int64"})


def dataset_row(
    study: Study, dataset: Dataset, sizes: NDArray[np.int32], channels: int
) -> dict[str, Any]:
    """One row of ``datasets.csv``, from the native sizes of the images that can be read."""
    counts = class_counts(dataset)
    row = {
        "dataset": dataset.name,
        "reader": study.datasets[dataset.name].reader
        or f"from {', '.join(parents_of(study, dataset.name))}",
        "roles": ", ".join(_roles(study, dataset.name)),
        "images": len(dataset),
        "classes": len(dataset.classes),
        "class_names": ", ".join(dataset.classes),
        "smallest_class": counts.min(),
        "largest_class": counts.max(),
    }
    for number, axis in enumerate(("width", "height")):
        row[f"{axis}_min"] = sizes[:, number].min()
        row[f"{axis}_median"] = int(np.median(sizes[:, number]))
        row[f"{axis}_max"] = sizes[:, number].max()
    groups = None if dataset.groups is None else len(np.unique(dataset.groups))
    notes = NOTE_SEPARATOR.join((*dataset.notes, *dataset.warnings))
    warnings = NOTE_SEPARATOR.join(dataset.warnings)
    return row | {"channels": channels, "groups": groups, "notes": notes, "warnings": warnings}


def _roles(study: Study, name: str) -> Iterator[str]:
    starts = (parse_start(section.start) for section in study.sources.values())
    if any(start.kind == "dataset" and start.argument == name for start in starts):
        yield "source"
    if name in target_datasets(study).values():
        yield "target"


def _write_pictures(
    dataset: Dataset, images: NDArray[np.uint8], rows: NDArray[np.int64], folder: Path
) -> None:
    written = []
    for number, name in list(enumerate(dataset.classes))[:MOST_CLASSES]:
        members = dataset.labels[:, number] == 1 if dataset.multilabel else dataset.labels == number
        positions = np.flatnonzero(members)
        chosen = positions[
            np.linspace(0, len(positions) - 1, min(PICTURES, len(positions))).astype(int)
        ]
        write_file(folder / f"{number}.png", strip(images[rows[chosen]]))
        written.append((number, name))
    write_file(folder / "classes.json", json.dumps(written))


def strip(images: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]) -> bytes:
    """Images side by side as one PNG."""
    size = PICTURE_SIZE
    canvas = Image.new("RGB", (max(len(images), 1) * size, size))
    for place, pixels in enumerate(images):
        one = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        canvas.paste(one.convert("RGB").resize((size, size)), (place * size, 0))
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG")
    return buffer.getvalue()
