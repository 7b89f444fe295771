"""How large sources and networks of a finished study are: rankings that cost nothing."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from warmstart.models.starts import Start, parse_start
from warmstart.studies.config import Study
from warmstart.studies.consistency import source_names
from warmstart.studies.plan import section_of
from warmstart.studies.samples import read_dataset_table

PUBLISHED = {"in1k": 1_281_167, "in21k": 14_197_122}
"""Images of what timm's weights were trained on, by the end of their tag."""


def with_sizes(results: pd.DataFrame, study: Study, folder: Path) -> pd.DataFrame:
    """Results with ``source_images``, and with ``parameters`` where networks are compared.

    Args:
        results: Columns network and source.
        study: The study they are of.
        folder: Its folder, whose ``datasets.csv`` counts images.

    Returns:
        The table. Images are those of the dataset that weights were trained on last, 0 for random
        initialisation, and missing where nobody says.
    """
    counted = _images_of_datasets(folder)
    starts = {name: parse_start(section_of(study, name).start) for name in source_names(study)}
    pairs = list(zip(results["network"], results["source"], strict=True))
    images = {(n, s): _images(starts.get(s), n, counted) for n, s in set(pairs)}
    sized = results.assign(source_images=[images[pair] for pair in pairs])
    if len(study.networks) == 1:
        return sized
    return sized.assign(parameters=results["network"].map(_parameters))


def _images_of_datasets(folder: Path) -> Mapping[str, int]:
    if not (folder / "datasets.csv").is_file():
        return {}
    listed = read_dataset_table(folder)
    return dict(zip(listed["dataset"], listed["images"], strict=True))


def _images(start: Start | None, network: str, counted: Mapping[str, int]) -> float:
    if start is None:
        return float("nan")
    if start.kind == "random":
        return 0.0
    if start.kind == "dataset":
        return float(counted.get(start.argument, float("nan")))
    if start.kind == "timm":
        return PUBLISHED.get(_tag(start, network).rpartition("_")[2], float("nan"))
    return float("nan")


def _tag(start: Start, network: str) -> str:
    if start.argument:
        return start.argument
    from warmstart.models.pretrained import published_tag  # loads PyTorch and timm

    return published_tag(start, network)


def _parameters(network: str) -> int:
    from warmstart.models.cost import parameters  # loads PyTorch and timm

    return parameters(network)
