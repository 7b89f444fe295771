"""What to do, in plain sentences: which candidate to start from, and what would tell more."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from warmstart.analysis.needed import MOST, Needed
from warmstart.analysis.practical import COUNTS
from warmstart.core.durations import duration
from warmstart.core.text import listed

Basis = Literal["trained", "predicted", "nothing"]
"""What is known: trainings on the target, experience with others only, or neither."""

NAMED = 4
"""Of more candidates than this, some are counted instead of named."""


def action_sentence(
    start: str,
    *,
    basis: Basis,
    equals: int,
    close: Sequence[str],
    behind: Sequence[str],
    aside: Sequence[str],
    untried: Sequence[str],
    needs: str,
) -> str:
    """Say what to do.

    Args:
        start: The candidate to start from: the cheapest of those that are nearly the best.
        basis: What is known.
        equals: How many these are.
        close: Others that may be as good.
        behind: Others that are told apart from it; without training, predicted to be worse.
        aside: Others that were trained in short only and left behind, but are not told apart.
        untried: Others that were not trained.
        needs: Of `needs_clause`; may be empty.
    """
    others = [*close, *behind, *aside, *untried]
    if basis == "nothing":
        return _unknown(start, others)
    if not others:
        return f"Start from {start}: it is the only candidate."
    if basis == "predicted":
        return _predicted(
            f"Start from {start}: {_why(equals, len(others), trained=False)}", close, behind
        )
    parts = [
        f"Start from {start}: {_why(equals, len(others), trained=True)}",
        *([_may_be(close, needs)] if close else []),
        *_said(behind, "{} did worse by more than chance explains"),
        *_said(aside, "{} was trained in short only", "{} were trained in short only"),
        *_said(untried, "{} was not trained", "{} were not trained"),
    ]
    return " ".join(f"{part}." for part in parts)


def needs_clause(
    needed: Needed | None, hours: float, *, rivals: Sequence[str], close: int, unit: str
) -> str:
    """Say what it takes to tell the close ones apart, as a part of a sentence.

    Args:
        needed: Of the close one that is hardest to tell apart; ``None``: not known.
        hours: Of `warmstart.analysis.needed.hours_needed`, for all that are close together.
        rivals: Those of the close ones that this is known of.
        close: How many are close.
        unit: What a group is.

    Returns:
        Without full stop; empty where nothing is known or needed.
    """
    them = "the two" if close == 1 else "them"
    if len(rivals) < close:
        them = listed(["it", *rivals])
    ways = [_more_groups(needed, unit)] if needed is not None and needed.more > 0 else []
    if 0 < hours < np.inf:
        ways.append(f"about {duration(hours * 3600)} of further training")
    in_vain = "further training on the same images would not"
    if not ways:
        return f"{in_vain} tell {them} apart" if hours == np.inf else ""
    rest = f"; {in_vain} do" if hours == np.inf else ""
    stay = "difference stays as it is" if len(rivals) == 1 else "differences stay as they are"
    return f"telling {them} apart needs {' or '.join(ways)}, if the {stay}{rest}"


def _unknown(start: str, others: Sequence[str]) -> str:
    why = "there is no experience with other targets, and nothing was trained"
    then = f" for now; {_list(others)} may be better" if others else ": it is the only candidate"
    return f"Nothing is known yet: {why}. Start from {start}{then}."


def _predicted(start: str, close: Sequence[str], behind: Sequence[str]) -> str:
    parts = [
        f"{start}; this is a prediction, nothing was trained here",
        *([_may_be(close, "training them here would tell more")] if close else []),
        *_said(behind, "{} is expected to be worse", "{} are expected to be worse"),
    ]
    return " ".join(f"{part}." for part in parts)


def _why(equals: int, others: int, *, trained: bool) -> str:
    """Why this one is taken: it is the best, or the cheapest of those that are nearly."""
    if equals == 1:
        best = f"the best of {others + 1}"
        return (
            f"{best}, as far as prediction and trainings say"
            if trained
            else f"expected to be {best}"
        )
    how = "that prediction and trainings put" if trained else "expected to be"
    return f"the cheapest of {equals} {how} within {COUNTS:g} AUC points of the best"


def _said(names: Sequence[str], one: str, several: str | None = None) -> list[str]:
    """What is said of these, for one or several of them; nothing where there is none."""
    text = one if len(names) == 1 else several or one
    return [text.format(_list(names))] if names else []


def _may_be(close: Sequence[str], rest: str) -> str:
    return f"{_list(close)} may be as good" + (f"; {rest}" if rest else "")


def _more_groups(needed: Needed, unit: str) -> str:
    if needed.more == np.inf:
        return f"more than {MOST} times as many {unit}s"
    plural = "" if needed.more == 1 else "s"
    return f"about {_about(needed.more)} more {unit}{plural}{_range(needed)}"


def _range(needed: Needed) -> str:
    """The interval in brackets, as far as it is bounded."""
    low, high = _about(needed.low), "" if needed.high == np.inf else _about(needed.high)
    if needed.low > 0:
        return f" ({low} to {high})" if high else f" (at least {low})"
    return f" (at most {high})" if high else ""


def _about(count: float) -> str:
    """Two digits are as many as such a number holds."""
    return f"{float(f'{count:.2g}'):,.0f}"


def _list(names: Sequence[str]) -> str:
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], f"{len(names) - NAMED + 1} others"]
    return listed(names)
