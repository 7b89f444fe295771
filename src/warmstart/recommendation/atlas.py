"""The atlas: a folder of studies in one tidy form, the experience recommendations stand on.

ATLAS/<study>/results.csv    one row per run, in the tidy form
              measures.csv   one row per pair and measure
              card.json      where it comes from, its licence, its targets
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from warmstart.analysis.cells import cells_of
from warmstart.analysis.tidy import DEFAULT_METRIC, tidy_measures, tidy_results
from warmstart.core.columns import columns
from warmstart.core.store import fresh_folder
from warmstart.core.text import printable
from warmstart.errors import DataError
from warmstart.recommendation.layouts import find
from warmstart.recommendation.places import Place, places_of
from warmstart.studies.config import FULL
from warmstart.studies.table_file import read_table_file

CARD, RESULTS, MEASURES = "card.json", "results.csv", "measures.csv"
AREA = "auc"
"""What metrics that are areas under the ROC curve begin with; only they are on one scale."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is said of a study.

    Attributes:
        name: Its folder.
        layout: How it was read: ``"study"``, ``"table"`` or ``"published"``.
        origin: Where it was read from, as it was given.
        licence: Of its tables.
        metrics: Metrics it holds.
        targets: Per target images in training and test part, as far as known.
        notes: What was done to its tables.
    """

    name: str
    layout: str
    origin: str
    licence: str
    metrics: tuple[str, ...]
    targets: dict[str, dict[str, float | None]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """A study of the atlas."""

    card: Card
    results: pd.DataFrame
    measures: pd.DataFrame


def add(
    atlas: Path,
    path: Path,
    *,
    measures: Path | None = None,
    name: str | None = None,
    licence: str | None = None,
) -> Card:
    """Take a study into the atlas.

    Args:
        atlas: Folder of the atlas; made if need be.
        path: A study folder, a table of results, or a folder of published tables.
        measures: A table of measures beside a table of results.
        name: What to call it; by default what it is called.
        licence: Of the tables; by default as published, or ``"not stated"``.

    Returns:
        Its card; a note says so where recommendations can learn nothing from it, and where no
        network is named.

    Raises:
        DataError: If the path holds nothing of the kind, no run has a value, or a study of that
            name is there.
        StoreError: If the atlas cannot be written.
    """
    found = find(path, measures)
    called = name or found.name
    if not called or Path(called).name != called or called.startswith("."):
        raise DataError(f"--name is {called!r}; the name of a folder was expected.")
    final = atlas / called
    if final.exists():
        raise DataError(
            f"{atlas} holds {called!r} already; give another --name, or remove {final} first."
        )
    results, told = found.results.table, found.measures.table
    if not results["value"].notna().any():
        raise DataError(f"{path} holds no run with a value; there is nothing to take in.")
    card = Card(
        name=called,
        layout=found.layout,
        origin=str(path),
        licence=licence or found.licence,
        metrics=tuple(sorted(set(results["metric"]))),
        targets=_targets(results),
        notes=(*found.results.notes, *found.measures.notes),
    )
    entry = Entry(card=card, results=results, measures=told)
    card = replace(card, notes=(*card.notes, *_what_it_teaches(entry)))
    with fresh_folder(final) as work:
        results.to_csv(work / RESULTS, index=False)
        told.to_csv(work / MEASURES, index=False)
        (work / CARD).write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8")
    return card


def read_atlas(atlas: Path) -> list[Entry]:
    """Read every study, by name; none where the folder is not there.

    Raises:
        DataError: If a study is damaged.
    """
    if not atlas.is_dir():
        return []
    return [_entry(card.parent) for card in sorted(atlas.glob(f"*/{CARD}"))]


def all_experience(own: Path | None) -> list[Entry]:
    """Studies of the atlas that ships, and of one's own; a name in both is one's own.

    Raises:
        DataError: If one's own is named and not there, or a study of it is damaged.
    """
    if own is not None and not own.is_dir():
        found = "is not a folder" if own.exists() else "does not exist"
        raise DataError(
            f"atlas is {own}, which {found}; the folder of an atlas was expected. "
            "`warmstart atlas add PATH --atlas DIR` makes one."
        )
    with resources.as_file(resources.files("warmstart.recommendation") / "atlas_seed") as shipped:
        entries = {entry.card.name: entry for entry in read_atlas(shipped)}
    entries |= {entry.card.name: entry for entry in ([] if own is None else read_atlas(own))}
    return list(entries.values())


def atlas_places(entries: list[Entry]) -> list[Place]:
    """Every target of the atlas with candidates to choose from, by AUC.

    A target of several studies is as many places, all relatives. Candidates are pairs of network
    and source. Sources that are the target itself or have seen its images are left out, and so are
    arms beside that of the whole recipe, where there is one.
    """
    places = []
    for entry in entries:
        whole = entry.results[entry.results["arm"] == FULL]
        results = entry.results if whole.empty else whole
        areas = _areas(entry.card)
        for metric in [DEFAULT_METRIC] if DEFAULT_METRIC in areas else areas:
            cells, _ = cells_of(results, metric, compare="both")
            places += [_without_itself(place) for place in places_of(cells, entry.measures)]
    return [place for place in places if len(place.candidates) > 1]


def atlas_lines(entries: list[Entry]) -> Iterator[str]:
    """One line per study."""
    if not entries:
        yield "The atlas is empty: warmstart atlas add PATH takes in a study."
        return
    rows = [("study", "sources", "targets", "measures", "metrics", "licence", "from")]
    for entry in entries:
        card = entry.card
        counts = [entry.results[c].nunique() for c in ("source", "target")]
        told = entry.measures["measure"].nunique()
        numbers = (str(counts[0]), str(counts[1]), str(told))
        metrics = ", ".join(card.metrics)
        rows.append((card.name, *numbers, metrics, card.licence, card.origin))
    yield from columns([tuple(map(printable, row)) for row in rows], right=(1, 2, 3))


def _areas(card: Card) -> list[str]:
    return [metric for metric in card.metrics if metric.startswith(AREA)]


def _without_itself(place: Place) -> Place:
    """Without a source that is called as the target is, in any spelling."""
    return place.only([source != place.target.casefold() for _, source in place.keys])


def _what_it_teaches(entry: Entry) -> list[str]:
    """Notes where no target of a study tells which of two candidates is better, or in what."""
    if atlas_places([entry]):
        unnamed = entry.results["network"] == ""
        note = (
            f"{'All' if unnamed.all() else 'Some'} runs are without a network (column network): "
            "what they tell of a source counts for it in every network."
        )
        return [note] if unnamed.any() else []
    if not _areas(entry.card):
        held = ", ".join(entry.card.metrics)
        return [f"Recommendations learn nothing from it: they need AUCs, and it holds {held}."]
    return [
        "Recommendations learn nothing from it: no target has an AUC from two candidates (self "
        "pairs and sources that have seen its images left out)."
    ]


def _targets(results: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    means = results.groupby("target")[["n_train", "n_test"]].mean()
    known = means.astype(object).where(means.notna(), None)
    rows: dict[Any, Any] = known.to_dict("index")
    return {str(target): row for target, row in rows.items()}


def _entry(folder: Path) -> Entry:
    try:
        card = _card(json.loads((folder / CARD).read_text(encoding="utf-8")))
        results = read_table_file(folder / RESULTS)
        measures = read_table_file(folder / MEASURES)
    except (OSError, ValueError, TypeError, DataError) as error:
        raise DataError(
            f"{folder} is damaged ({printable(error)}); remove it and add the study again."
        ) from error
    return Entry(
        card=card,
        results=tidy_results(results, card.name).table,
        measures=tidy_measures(measures, card.name).table,
    )


def _card(told: object) -> Card:
    """Raises ValueError where something is missing, TypeError where it is of another kind."""
    named = told if isinstance(told, dict) else {}
    missing = [field.name for field in fields(Card) if field.name not in named]
    if missing:
        raise ValueError(f"{CARD} lacks {', '.join(missing)}")
    return Card(**(named | {key: tuple(named[key]) for key in ("metrics", "notes")}))
