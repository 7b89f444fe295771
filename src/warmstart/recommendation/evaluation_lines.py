"""The evidence for the rule as text."""

from collections.abc import Iterator, Mapping, Sequence

from warmstart.analysis.baselines import held
from warmstart.core.columns import columns
from warmstart.core.text import counted, printable, shortened
from warmstart.recommendation.evaluation import ALONE, PRIOR, Judged, evaluate, evaluate_measures
from warmstart.recommendation.places import Place
from warmstart.recommendation.rule import learn

TITLES = {
    "tau": "weighted Kendall tau, higher is better",
    "regret": "regret in AUC points, lower is better",
    "interval score": "interval score in AUC points, lower is better",
    "coverage": "share of gains inside their 90 % interval",
}
"""What the quantities are that the rule is judged by."""
SHOWN = 0.005
"""Weights below this are not printed."""


def evaluation_lines(places: Sequence[Place], *, always: str = "imagenet") -> Iterator[str]:
    """Judge the rule on every target of an atlas, and say what it rests on.

    Args:
        places: Targets with gains.
        always: Source that stands for "the same every time".
    """
    targets = {place.target.casefold() for place in places}
    origins = {place.origin.casefold() for place in places}
    if len(origins) < 2:
        told = counted(len(targets), "target")
        yield f"{told} of one origin: at least two are needed to leave one out."
        return
    yield (
        f"{len(targets)} targets of {len(origins)} origins, each predicted from those of other "
        "origins."
    )
    if not held([place.candidates for place in places], always):
        sources = sorted({source for place in places for _, source in place.candidates})
        yield (
            f"Note: no source is called {always!r}, so that always taking it is random choice. "
            f"There are {shortened(', '.join(map(printable, sources)))}."
        )
    yield from judged_lines(evaluate(places, always=always))
    yield from alone_lines(evaluate_measures(places))
    rule = learn(places)
    yield ""
    ordered = sorted(rule.weights.items(), key=lambda one: -one[1])
    told = ", ".join(f"{name} {weight:.2f}" for name, weight in ordered if weight >= SHOWN)
    yield f"Learned from all: experience {rule.trust:.2f}, {told or 'no measure is supported'}."


def judged_lines(judged: Mapping[str, Judged]) -> Iterator[str]:
    """One block per quantity: mean over targets, its interval, and the difference to the prior."""
    for quantity, table in judged.items():
        yield ""
        yield f"{TITLES[quantity]} (mean over targets, 95 % interval over targets)"
        rows = [("", "mean", "interval", "to the prior", "interval")]
        for way in table.values:
            mean, low, high = table.mean(way)
            own = (way, f"{mean:.3f}", f"{low:.3f} to {high:.3f}")
            gap, less, more = table.mean(way, PRIOR)
            to = ("", "") if way == PRIOR else (f"{gap:+.3f}", f"{less:+.3f} to {more:+.3f}")
            rows.append((*own, *to))
        yield from columns(rows, right=(1, 3))


def alone_lines(judged: Mapping[str, Mapping[str, Judged]]) -> Iterator[str]:
    """One row per measure, the best first, beside the prior on the same candidates."""
    if not judged:
        return
    yield ""
    yield "each measure alone, on the candidates it speaks of, beside the prior on the same"
    yield "(mean over targets, 95 % interval over targets)"
    rows = [("", "targets", "tau", "interval", "to the prior", "interval", "regret", "of prior")]
    for name, table in sorted(judged.items(), key=lambda one: -one[1]["tau"].mean(ALONE)[0]):
        tau, low, high = table["tau"].mean(ALONE)
        gap, less, more = table["tau"].mean(ALONE, PRIOR)
        lost, of_prior = (f"{table['regret'].mean(way)[0]:.2f}" for way in (ALONE, PRIOR))
        own = (name, str(len(table["tau"].targets)), f"{tau:.3f}", f"{low:.3f} to {high:.3f}")
        rows.append((*own, f"{gap:+.3f}", f"{less:+.3f} to {more:+.3f}", lost, of_prior))
    yield from columns(rows, right=(1, 2, 4, 6, 7))
