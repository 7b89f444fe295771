"""What the evidence supports, in one plain sentence per target."""

import pandas as pd

from warmstart.analysis.comparison import ALL_EQUAL, MIN_FOLDS
from warmstart.analysis.transferability import baseline_source, plain_labels
from warmstart.core.text import counted, listed


def sentence(target: str, comparison: pd.DataFrame, *, baseline: str, title: str) -> str:
    """Say which source is best for a target and from which others it can be told apart.

    Args:
        target: What the sentence is about; a network or an arm may be named with it.
        comparison: Of `warmstart.analysis.comparison.compare`, or the rows of one target of
            `warmstart.analysis.summary.summarise`.
        baseline: Name of the source that stands for training without help.
        title: What the metric is called.

    Returns:
        One sentence with a full stop. p-values are those of Holm.
    """
    if comparison.empty:
        return f"{target}: no run has finished, so there is nothing to compare."
    best = comparison[comparison["best"].astype(bool)].iloc[0]
    others = comparison[~comparison["best"].astype(bool)]
    value = f"{best['mean']:.3f}, {_folds(best)}"
    if others.empty:
        return (
            f"{target}: {_called(best['source'], baseline)} is the only source with results "
            f"(mean {title} {value}), so there is nothing to compare."
        )
    heads = _heads(str(best["source"]), title, value, baseline)
    return f"{target}: {_verdict(heads, others, baseline)}."


def sentences(summary: pd.DataFrame, *, baseline: str, title: str) -> list[str]:
    """One sentence per network, arm and target of a summary.

    Network and arm are named where there are several. A multi-label target is spoken of by its
    mean over labels.

    Args:
        summary: Of `warmstart.analysis.summary.summarise`.
        baseline: The study's baseline; ``"paper"`` is the source named like the target.
        title: What the metric is called.
    """
    whole = summary[plain_labels(summary["label"]) == ""]
    shown = [name for name in ("network", "arm") if whole[name].nunique() > 1]
    lines = []
    for (_, _, target), rows in whole.groupby(["network", "arm", "target"], sort=False):
        about = ", ".join(f"{name} {rows[name].iloc[0]}" for name in shown)
        name = f"{target} ({about})" if about else str(target)
        base = baseline_source(baseline, str(target))
        line = sentence(name, rows, baseline=base, title=title)
        lines.append(line + _caution(rows, base))
    return lines


def _verdict(heads: tuple[str, str], others: pd.DataFrame, baseline: str) -> str:
    """Everything after the target's name, without the full stop."""
    head, undecided = heads
    tested = others[others["told_apart"].notna()]
    untested = _untested(others[others["told_apart"].isna()], baseline)
    if tested.empty:
        equal = (others["reason"] == ALL_EQUAL).any()
        return f"{head}, but {' and '.join(untested) if equal else _too_few(others)}"
    apart = tested["told_apart"].astype(bool)
    tail = "".join(f"; {clause}" for clause in untested)
    if not apart.any():
        return f"{undecided}, so the evidence decides nothing{tail}"
    winners = [_called(s, baseline) for s in tested.loc[apart, "source"]]
    close = tested[~apart]
    losers = [
        f"{_called(source, baseline)} ({_p(p)})"
        for source, p in zip(close["source"], close["p_holm"], strict=True)
    ]
    rest = f", not from {listed(losers)}" if losers else ""
    return f"{head}; it is told apart from {listed(winners)}{rest}{tail}"


def _heads(best: str, title: str, value: str, baseline: str) -> tuple[str, str]:
    """The beginning where something is told apart, and the one where nothing is."""
    if best == baseline:
        start = (
            f"no pretrained source beats {_called(best, baseline)}, which has the highest mean "
            f"{title} ({value})"
        )
        return start, f"{start}; no pretrained source can be told apart from it either"
    return (
        f"{best} has the highest mean {title} ({value})",
        f"no source can be told apart from the best, {best} (mean {title} {value})",
    )


def _called(source: str, baseline: str) -> str:
    """Random initialisation in words where it is the baseline; else the source's name."""
    return "random initialisation" if source == baseline == "random" else source


def _untested(others: pd.DataFrame, baseline: str) -> list[str]:
    """Why these were not compared with the best, one clause per reason."""
    equal = others["reason"] == ALL_EQUAL
    few, same = (
        [_called(s, baseline) for s in others.loc[rows, "source"]] for rows in (~equal, equal)
    )
    clauses = [f"it shares too few folds with {listed(few)} to be compared"] if few else []
    if same:
        clauses.append(
            f"its differences to {listed(same)} are all equal: too few test images to tell"
        )
    return clauses


def _too_few(others: pd.DataFrame) -> str:
    found = sorted({int(r.split("(")[1].rstrip(")")) for r in others["reason"]})
    count = str(found[0]) if len(found) == 1 else f"{found[0]} to {found[-1]}"
    word = "fold is" if found == [1] else "folds are"
    return f"{count} {word} too few to tell sources apart ({MIN_FOLDS} are needed)"


def _caution(rows: pd.DataFrame, baseline: str) -> str:
    if not rows["bracketed"].astype(bool).any():
        return ""
    return (
        f" Training from {_called(baseline, baseline)} had not converged, so gains over it are in "
        "brackets: more epochs may shrink them."
    )


def _folds(best: pd.Series) -> str:
    folds, seeds = int(best["folds"]), int(best["seeds"])
    text = counted(folds, "fold")
    return text if seeds == 1 else f"{text} of {seeds} seeds"


def _p(value: float) -> str:
    if value < 0.001:
        return "p < 0.001"
    return f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"
