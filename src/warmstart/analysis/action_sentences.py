"""What to do, in plain sentences: which candidate to start from, and what would tell more."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from warmstart.analysis.needed import MOST, Needed
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
    close: Sequence[str] = (),
    behind: Sequence[str] = (),
    aside: Sequence[str] = (),
    needs: str = "",
) -> str:
    """Say what to do.

    Args:
        start: The candidate to start from: of those that cannot be told apart, the cheapest.
        basis: What is known.
        close: Others that may be as good.
        behind: Others that are told apart from it; without training, predicted to be worse.
        aside: Others that were given up early to save time, and are not told apart.
        needs: Of `needs_clause`.
    """
    others = [*close, *behind, *aside]
    if basis == "nothing":
        return _unknown(start, others)
    if not others:
        return f"Start from {start}: it is the only candidate."
    if basis == "predicted":
        return _predicted(start, close, [*behind, *aside])
    return _trained(start, close, behind, aside, needs)


def needs_clause(needed: Needed | None, hours: float, *, rivals: int, unit: str = "patient") -> str:
    """Say what it takes to tell the close ones apart, as a part of a sentence.

    Args:
        needed: Of the close one that is hardest to tell apart; ``None``: not known.
        hours: Of `warmstart.analysis.needed.hours_needed`, for all that are close together.
        rivals: How many are close.
        unit: What a group is.

    Returns:
        Without full stop; empty where nothing is known or needed.
    """
    them = "the two" if rivals == 1 else "them"
    ways = [_more_groups(needed, unit)] if needed is not None and needed.more > 0 else []
    if 0 < hours < np.inf:
        ways.append(f"about {duration(hours * 3600)} of further training")
    in_vain = "further training on the same images would not"
    if not ways:
        return f"{in_vain} tell {them} apart" if hours == np.inf else ""
    rest = f"; {in_vain} do" if hours == np.inf else ""
    stay = "difference stays as it is" if rivals == 1 else "differences stay as they are"
    return f"telling {them} apart needs {' or '.join(ways)}, if the {stay}{rest}"


def _unknown(start: str, others: Sequence[str]) -> str:
    why = "there is no experience with other targets, and nothing was trained"
    then = f" for now; {_list(others)} may be better" if others else ": it is the only candidate"
    return f"Nothing is known yet: {why}. Start from {start}{then}."


def _predicted(start: str, close: Sequence[str], behind: Sequence[str]) -> str:
    only = "this is a prediction, nothing was trained here"
    if not close:
        return f"Start from {start}: expected to be better than {_list(behind)}; {only}."
    may = _may_be(close, "training them here would tell more")
    text = f"Start from {start}: cheapest of those that cannot be told apart; {only}. {may}."
    worse = _said(behind, "{} is expected to be worse.", "{} are expected to be worse.")
    return " ".join([text, *worse])


def _trained(
    start: str, close: Sequence[str], behind: Sequence[str], aside: Sequence[str], needs: str
) -> str:
    early = _said(
        aside, "{} was given up early, to save time", "{} were given up early, to save time"
    )
    if not close:
        better = _said(behind, "it did better than {} by more than chance explains")
        return f"Start from {start}: {'; '.join([*better, *early])}."
    if behind or aside:
        among = "those that cannot be told apart"
    else:
        among = f"{len(close) + 1} candidates, none of which can be told apart"
    worse = _said(behind, "{} did worse by more than chance explains")
    parts = [f"Start from {start}: cheapest of {among}", _may_be(close, needs), *worse, *early]
    return " ".join(f"{part}." for part in parts)


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
