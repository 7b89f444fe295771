"""The answer: what to start from, what to expect of it, and what it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.analysis.action_sentences import Basis
from warmstart.analysis.chosen import Chosen
from warmstart.core.columns import columns
from warmstart.recommendation.demands import Demands
from warmstart.recommendation.starting_points import Missing, StartingPoint
from warmstart.studies.official_parts import OfficialParts


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A starting point that was looked at.

    Attributes:
        point: The starting point.
        demands: What training from it takes, and how images are shown to it.
        operations: Floating-point operations of one image's way through the network.
        low: Low end of the 90 % interval of what is predicted, in AUC points from the mean of all;
            NaN where the atlas says nothing.
        gain: The prediction's middle.
        high: High end.
        best: Probability, before any training, that it is the best.
        within: Probability that it is at most 0.5 AUC points below the best; NaN: not known.
        scores: What measures say of it, by name.
        auc: Mean metric of its trainings, 0 to 1; NaN where there is none.
        folds: On how many folds.
        short: Whether these were short trainings only.
        verdict: ``"start"``, ``"may be as good"``, ``"worse"``, ``"set aside"`` or ``"not
            trained"``; of a prediction, ``"worse"`` says what is expected.
    """

    point: StartingPoint
    demands: Demands
    operations: float
    low: float
    gain: float
    high: float
    best: float
    within: float
    scores: Mapping[str, float]
    auc: float
    folds: int
    short: bool
    verdict: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Recommendation:
    """What to start from, for one target.

    Attributes:
        target: Name of the target.
        facts: What a first look at it tells.
        notes: What a user must know of it, such as copies on both sides of a split.
        ranked: Starting points that were looked at; the first is the one to start from.
        missing: Those that cannot be started from here, each with what training from it would take.
        parts: Official parts of the images.
        basis: What the answer rests on: ``"trained"``, ``"predicted"`` or ``"nothing"``.
        sentences: The answer, in the order in which it is to be read.
        chosen: The metric to expect, corrected for having chosen; ``None`` without training.
        metric: Name of the metric.
        folder: Where everything lies.
    """

    target: str
    facts: tuple[str, ...]
    notes: tuple[str, ...]
    ranked: tuple[Ranked, ...]
    missing: tuple[tuple[Missing, Demands], ...]
    parts: OfficialParts
    basis: Basis
    sentences: tuple[str, ...]
    chosen: Chosen | None
    metric: str
    folder: Path

    @property
    def start(self) -> Ranked:
        """The starting point to take."""
        return self.ranked[0]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return (
            f"Recommendation(target={self.target!r}, start={self.start.point.name!r}, "
            f"basis={self.basis!r}, folder={str(self.folder)!r})"
        )

    def lines(self) -> Iterator[str]:
        """The answer as text: sentences first, then the tables they rest on."""
        yield from self.sentences
        yield ""
        yield from _table(self.ranked)
        if self.missing:
            yield ""
            yield "Not looked at:"
            yield from columns(self._missing_rows())
            if any("download" in one.needs for one, _ in self.missing):
                yield "Weights are fetched on request: --download, in Python download=True."
        if self.notes:
            yield ""
            yield from (f"Note: {note}" for note in self.notes)

    def _missing_rows(self) -> list[tuple[str, str]]:
        rows = []
        for one, demands in self.missing:
            memory = _memory(demands)
            training = f", and {memory} GB to train" if memory else ""
            rows.append((f"  {one.point.name}", f"would need {one.needs}{training}"))
        return rows

    def to_dict(self) -> dict[str, Any]:
        """The answer for programs: JSON without NaN, which becomes null."""
        chosen = self.chosen
        expected = None
        if chosen is not None:
            names = ("corrected", "low", "high", "uncorrected", "candidates", "reason")
            expected = {name: _plain(getattr(chosen, name)) for name in names}
        return {
            "target": self.target,
            "facts": list(self.facts),
            "notes": list(self.notes),
            "basis": self.basis,
            "start": {"network": self.start.point.network, "source": self.start.point.source},
            "sentences": list(self.sentences),
            "metric": self.metric,
            "expected": expected,
            "ranked": [_row(row) for row in self.ranked],
            "missing": [
                {**_point(one.point), "needs": one.needs, **demands.to_dict()}
                for one, demands in self.missing
            ],
            "official_parts": dict(self.parts.images),
            "parts_used": list(self.parts.used),
        }


def _table(ranked: Sequence[Ranked]) -> Iterator[str]:
    trained = any(row.folds for row in ranked)
    told = any(np.isfinite(row.gain) for row in ranked)
    names = [name for name in ("knn", "linear_probe") if any(name in r.scores for r in ranked)]
    head = ["start", *(["AUC", "folds"] if trained else [])]
    head += ["predicted", "90 % interval", "best"] if told else []
    head += [*(name.replace("_", " ") for name in names), "GFLOP", "GB to train", ""]
    rows = [tuple(head)]
    for number, row in enumerate(ranked):
        cells = [row.point.name + (" *" if number == 0 else "")]
        if trained:
            auc = "" if np.isnan(row.auc) else f"{row.auc:.3f}"
            cells += [auc, f"{row.folds}{' short' if row.short else ''}" if row.folds else ""]
        if told:
            cells += [f"{row.gain:+.1f}", f"{row.low:+.1f} to {row.high:+.1f}", f"{row.best:.0%}"]
        cells += [f"{row.scores[name]:.3f}" if name in row.scores else "" for name in names]
        cells += [f"{row.operations / 1e9:.2f}", _memory(row.demands)]
        rows.append((*cells, row.verdict))
    yield from columns(rows, right=tuple(range(1, len(head) - 1)))


def _row(row: Ranked) -> dict[str, Any]:
    apart = ("point", "scores", "demands")
    plain = {name: _plain(value) for name, value in asdict(row).items() if name not in apart}
    scores = {name: _plain(value) for name, value in row.scores.items()}
    return _point(row.point) | row.demands.to_dict() | plain | {"scores": scores}


def _memory(demands: Demands) -> str:
    """Memory of a training step, in gigabytes."""
    return "" if demands.memory is None else f"{demands.memory / 1e9:.2f}"


def _point(point: StartingPoint) -> dict[str, Any]:
    names = ("network", "source", "trained_on", "licence", "megabytes", "address", "sha256")
    return {name: getattr(point, name) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value
