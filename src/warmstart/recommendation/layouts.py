"""What an atlas can take in: our own study folders, tidy tables, and published layouts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from warmstart.analysis.published import (
    cats_scans,
    medical_transferability,
    parc,
    revisiting_transfer,
)
from warmstart.analysis.published.files import path_of
from warmstart.analysis.tidy import Tidy, tidy_measures, tidy_results
from warmstart.studies.evidence import read_tables

_MEDICAL_NETWORK = "resnet18"
"""What its tables call resnet: torchvision's ResNet-18 in the code of the study."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A published layout.

    Attributes:
        name: What users call the study.
        file: A file that tells the layout.
        place: Sub-folder of a clone that may hold it.
        licence: Of the tables, as far as known.
        results: Reads the results of a folder.
        scores: Reads its measures.
    """

    name: str
    file: str
    place: str
    licence: str
    results: Callable[[Path], pd.DataFrame]
    scores: Callable[[Path], pd.DataFrame]


def _no_scores(folder: Path) -> pd.DataFrame:
    del folder
    return pd.DataFrame(columns=["source", "target", "measure", "value"])


def _medical_results(folder: Path) -> pd.DataFrame:
    table = medical_transferability.results(folder)
    origin = table["target"].map(medical_transferability.ORIGINS)
    return table.assign(network=_MEDICAL_NETWORK, origin=origin)


def _medical_scores(folder: Path) -> pd.DataFrame:
    table = medical_transferability.scores(folder)
    return table.assign(network=_MEDICAL_NETWORK, higher_is_better=True)


def _in_lower_case(table: pd.DataFrame) -> pd.DataFrame:
    """With sources called as in our studies and the catalogue: imagenet, not ImageNet."""
    return table.assign(source=table["source"].str.lower())


LAYOUTS = (
    Layout(
        name="transferability-in-medical-imaging",
        file="AUCs_dataset.csv",
        place=medical_transferability.CLONE,
        licence="MIT",
        results=_medical_results,
        scores=_medical_scores,
    ),
    Layout(
        name="cats-not-cat-scans",
        file="auc_folds_means_std.csv",
        place=cats_scans.CLONE,
        licence="not stated",
        results=cats_scans.results,
        scores=cats_scans.scores,
    ),
    Layout(
        name="revisiting-transfer",
        file="AUC.csv",
        place=revisiting_transfer.CLONE,
        licence="MIT",
        results=revisiting_transfer.results,
        scores=_no_scores,  # its similarities are measured after fine-tuning
    ),
    Layout(
        name="parc",
        file="controlled.csv",
        place=parc.CLONE,
        licence="not stated",
        results=parc.results,
        scores=_no_scores,
    ),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What a path holds.

    Attributes:
        name: What to call it.
        layout: How it was read.
        licence: Of the tables, as far as known.
        results: In the tidy form.
        measures: In the tidy form; may be empty.
    """

    name: str
    layout: str
    licence: str
    results: Tidy
    measures: Tidy


def find(path: Path, measures: Path | None = None) -> Found:
    """Read the study at a path, whatever its layout.

    Args:
        path: A study folder, a CSV or Parquet file of results, or a folder of published tables.
        measures: A table of measures beside it; by default the study folder's own.

    Raises:
        DataError: If the path holds no such thing.
    """
    layout = next((row for row in LAYOUTS if path_of(path, row.file, row.place)), None)
    if layout is not None:
        results = tidy_results(_in_lower_case(layout.results(path)), layout.name)
        scores = tidy_measures(_in_lower_case(layout.scores(path)), layout.name)
        return Found(
            name=layout.name,
            layout="published",
            licence=layout.licence,
            results=results,
            measures=scores,
        )
    tables = read_tables(path, measures)
    return Found(
        name=path.resolve().stem,
        layout="table" if tables.study is None else "study",
        licence="not stated",
        results=tables.results,
        measures=tables.measures,
    )
