"""Claims about differences: of the metric, of the steps to an AUC, of what is left of a start."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from warmstart.analysis.claim_numbers import WITHOUT, Numbers
from warmstart.analysis.claims import (
    AXES,
    SIDES,
    STAGE,
    Claim,
    Names,
    chances,
    decided,
    together,
)
from warmstart.analysis.comparison import (
    ALL_EQUAL,
    MIN_FOLDS,
    SAME,
    corrected_resampled_interval,
    corrected_resampled_t,
)
from warmstart.metrics.arrays import Floats

_REPEAT = ["seed", "fold"]
_SIGNS = (1.0, -1.0, -1.0, 1.0)
"""A difference, less another."""


class Cell(NamedTuple):
    """One place of the results. The stage is empty for numbers of the whole network."""

    network: str
    source: str
    arm: str
    stage: str
    target: str


NO_SPREAD = "steps are all equal: none got there, or record_every is too coarse"
"""Why a difference of steps without any spread is not tested."""
_Cells = Mapping[tuple[str, ...], pd.DataFrame]
"""The runs of each cell and label, by seed and fold."""


def compare_claims(
    claims: Sequence[Claim], numbers: Numbers, planned: pd.DataFrame
) -> pd.DataFrame:
    """Make every comparison that claims about differences are about.

    Differences are paired on seed and fold and tested by the corrected resampled t test, against
    the nearest bound of what the claim allows; `decided` says when they hold and when they fail.
    Steps that a run did not get to are those it was measured to, and where two runs were measured
    to different steps the fewer count for both: what is compared is the mean of the steps within
    that horizon.

    Args:
        claims: What is claimed; those that relate are left out.
        numbers: What there is to compare, see `warmstart.analysis.claim_numbers.numbers_of`.
        planned: Places that are planned: columns network, source, arm, target.

    Returns:
        One row per claim and pair of planned places: where both lie; ``n``, the (seed, fold) pairs
        in common; the mean difference, with a 95 % interval over splits; ``p_holds`` and
        ``p_fails`` (of Holm); outcome and, where nothing was tested, reason.

    References:
        Royston & Parmar, "Restricted mean survival time", BMC Medical Research Methodology 2013.
    """
    cells = {name: _cells(table) for name, table in numbers.items()}
    every: Any = planned[[*AXES, "target"]].drop_duplicates().itertuples(index=False, name=None)
    places = list(every)
    tables = [
        decided(list(_compared(claim, places, cells))) for claim in claims if not claim.relate
    ]
    return together(tables)


def pairs_of(
    claim: Claim, planned: Sequence[tuple[str, str, str, str]]
) -> Iterator[tuple[Cell, Cell]]:
    """The places that a claim compares to one another."""
    named = (*claim.compare.get(STAGE, ()), *claim.to.get(STAGE, ()))
    stages = tuple(dict.fromkeys(named)) or ("",)
    cells = [
        Cell(network, source, arm, stage, target)
        for network, source, arm, target in planned
        for stage in stages
        if not claim.targets or target in claim.targets
    ]
    return ((a, b) for a, b in product(cells, cells) if _is_compared(claim, a, b))


def _cells(table: pd.DataFrame) -> _Cells:
    return {
        tuple(map(str, key)): rows.set_index(_REPEAT).sort_index()
        for key, rows in table.groupby([*AXES, STAGE, "target", "label"])
    }


def _compared(
    claim: Claim,
    places: Sequence[tuple[str, str, str, str]],
    cells: Mapping[str, _Cells],
) -> Iterator[dict[str, object]]:
    """The comparisons of one claim, tested one by one."""
    for here, there in pairs_of(claim, places):
        for than in claim.than or (None,):
            every = [here, there]
            if than is not None:
                start = _moved(here, than[0])
                every += [start, _moved(start, than[1])]
            sides = dict(zip(SIDES, (*here[:4], *there[:4]), strict=True))
            place = {"claim": claim.name, "number": claim.number, "target": here.target}
            place |= {"label": claim.label, "than": _named(every[2:])}
            yield place | sides | _tested(claim, every, cells)


def _is_compared(claim: Claim, here: Cell, there: Cell) -> bool:
    """Whether a claim compares one place to another."""
    if here.target != there.target or here == there:
        return False
    any_source = not claim.to
    return all(
        ours in claim.compare.get(axis, (ours,))
        and ((any_source and axis == "source") or theirs in claim.to.get(axis, (ours,)))
        for axis, ours, theirs in zip((*AXES, STAGE), here, there, strict=False)
    )


def _moved(cell: Cell, place: Names) -> Cell:
    """The cell with other names on some axes."""
    return cell._replace(**{axis: names[0] for axis, names in place.items()})


def _named(pair: Sequence[Cell]) -> str:
    """A pair of places by the axes on which they differ; empty for none."""
    if not pair:
        return ""
    differ = [i for i in range(len(AXES) + 1) if pair[0][i] != pair[1][i]]
    return " to ".join(" ".join(cell[i] for i in differ) for cell in pair)


def _tested(claim: Claim, places: Sequence[Cell], cells: Mapping[str, _Cells]) -> dict[str, object]:
    """The difference of two places, or of two pairs, and how it lies to what the claim allows."""
    known = [cells[claim.number].get((*place, claim.label)) for place in places]
    sides = [table for table in known if table is not None]
    if len(sides) < len(places):
        trained = all((*p._replace(stage=""), claim.label) in cells["metric"] for p in places)
        return {"n": 0, "reason": WITHOUT[claim.number] if trained else WITHOUT["metric"]}
    d, share, folds = _differences(sides)
    row: dict[str, object] = {"n": len(d), "difference": d.mean() if len(d) else float("nan")}
    if folds < MIN_FOLDS:
        return row | {"reason": f"too few folds ({folds})"}
    if np.ptp(d) < SAME:
        return row | {"reason": NO_SPREAD if claim.number == "steps" else ALL_EQUAL}
    low, high = corrected_resampled_interval(d, share)
    ends = {"low": low, "high": high, "reason": ""}
    tested = chances(
        float(d.mean()), claim.bounds, lambda bound: corrected_resampled_t(d - bound, share)
    )
    return row | ends | tested


def _differences(sides: Sequence[pd.DataFrame]) -> tuple[Floats, float, int]:
    """Paired differences, mean n_test / n_train, and the number of folds they come from."""
    common = sides[0].index
    for table in sides[1:]:
        common = common.intersection(table.index)
    rows = [table.loc[common] for table in sides]
    horizon = np.min([r["horizon"].to_numpy(dtype=np.float64) for r in rows], axis=0)
    values = [np.minimum(r["value"].to_numpy(dtype=np.float64), horizon) for r in rows]
    signed = [sign * v for sign, v in zip(_SIGNS, values, strict=False)]
    share = float((rows[0]["n_test"] / rows[0]["n_train"]).mean())
    folds = common.get_level_values("fold").nunique()
    return np.sum(signed, axis=0), share, int(folds)
