"""What to expect of the recommended candidate, in plain sentences.

A piece that is not known (NaN) is left out; a sentence of which nothing is known is empty.
"""

import numpy as np

from warmstart.analysis.bother import Gain
from warmstart.analysis.chosen import Chosen
from warmstart.analysis.practical import COUNTS
from warmstart.core.durations import duration
from warmstart.core.text import counted

SURE = 0.8
"""With so much of a chance that the gain counts it is worth the effort; with 1 - `SURE`, hardly."""


def expected_sentence(chosen: Chosen, *, title: str) -> str:
    """Say what to expect of the chosen one; the uncorrected value never stands alone.

    Args:
        chosen: Of a metric between 0 and 1.
        title: What the metric is called.
    """
    among = f"corrected for having chosen among {chosen.candidates}"
    if np.isnan(chosen.corrected):
        return f"The {title} to expect cannot be {among} ({chosen.reason}), so none is given."
    value = f"Expected {title} {_share(chosen.corrected, chosen.low, chosen.high)}"
    if chosen.candidates == 1:
        return f"{value}."
    return f"{value}, {among}; uncorrected {chosen.uncorrected:.3f}."


def always_sentence(
    source: str, start: str, value: float, low: float, high: float, *, title: str
) -> str:
    """Say what taking the same source every time would give.

    Args:
        source: The source taken every time.
        start: The candidate that is recommended.
        value: Metric of the source, between 0 and 1.
        low: Low end of its 95 % interval.
        high: High end.
        title: What the metric is called.
    """
    if source == start:
        return f"Always {source} comes to the same here."
    return "" if np.isnan(value) else f"Always {source}: {title} {_share(value, low, high)}."


def bother_sentence(gain: Gain, over: str, minutes: float) -> str:
    """Say what is gained over less effort, and what that costs.

    Args:
        gain: Of `warmstart.analysis.bother`.
        over: What it is compared with, such as ``"always imagenet"``.
        minutes: Cost of the gain.
    """
    if np.isnan(gain.mean):
        return ""
    known = not np.isnan(gain.counts)
    chance = f", {_percent(gain.counts)} chance of more than {COUNTS:g}" if known else ""
    cost = "" if np.isnan(minutes) else f", for {duration(minutes * 60)} of training"
    points = f"{_points(gain.mean)} AUC points{_interval(gain.low, gain.high)}"
    verdict = f" {_verdict(gain.counts)}" if known else ""
    return f"Expected gain over {over}: {points}{chance}{cost}.{verdict}"


def short_gap_sentence(over: str, behind: float) -> str:
    """Say how far a start was behind that was not trained whole; no gain follows from it.

    Args:
        over: The start.
        behind: AUC points by which it was behind after short trainings.
    """
    if np.isnan(behind):
        return ""
    where = "behind" if behind >= 0 else "ahead"
    text = f"{over} was {_points(abs(behind))} AUC points {where} after short trainings"
    return f"{text}, and was not trained whole: what would be gained is not known."


def evidence_sentence(
    lost: float,
    low: float,
    high: float,
    *,
    targets: int,
    always: str = "imagenet",
    always_lost: float = float("nan"),
) -> str:
    """Say how the rule did on targets of the atlas that it had not seen.

    Args:
        lost: Mean regret of the rule: AUC points below the best candidate; NaN: it could not be
            judged, for want of two unrelated targets that know one of the starting points.
        low: Low end of its 95 % interval over targets.
        high: High end.
        targets: On how many.
        always: The source taken every time.
        always_lost: Mean regret of taking it.
    """
    if np.isnan(lost):
        return (
            "How much this rule loses is not known: the atlas has no two unrelated targets on "
            "which one of these starting points was compared with others."
        )
    points = f"{_points(lost)} AUC points{_interval(low, high)}"
    rest = "" if np.isnan(always_lost) else f"; always {always} lost {_points(always_lost)}"
    return (
        f"On the atlas this rule lost on average {points} on {counted(targets, 'target')} "
        f"it had not seen{rest}."
    )


def _verdict(counts: float) -> str:
    if counts >= SURE:
        return "That is worth the effort."
    if counts <= 1 - SURE:
        return "That is hardly worth the effort."
    return "Whether that is worth the effort is open."


def _share(value: float, low: float, high: float) -> str:
    """A metric between 0 and 1; the interval of a t test knows no such bounds."""
    low, high = np.clip([low, high], 0, 1)
    return f"{value:.3f}{_interval(low, high, 3)}"


def _interval(low: float, high: float, digits: int = 2) -> str:
    if np.isnan(low) or np.isnan(high):
        return ""
    return f" (95 % interval {_points(low, digits)} to {_points(high, digits)})"


def _points(value: float, digits: int = 2) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}"  # no minus before zero


def _percent(share: float) -> str:
    if 0.01 <= share <= 0.99:
        return f"{100 * share:.0f} %"
    return "less than 1 %" if share < 0.5 else "more than 99 %"
