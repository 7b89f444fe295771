"""How runs ended: which failed, and for which the loss had come to rest."""

import pandas as pd
from markupsafe import Markup

from warmstart.core.text import counted, shortened
from warmstart.reports.histories import PRETRAINING
from warmstart.reports.html_table import html_table

MOST_UNCONVERGED = 12
"""More runs than this are not listed but counted per source and target."""
_COLUMNS = ["kind", "network", "source", "arm", "target", "seed", "fold", "epochs", "reason"]


def endings(runs: pd.DataFrame) -> str:
    """Return how many runs failed, converged, did not, or were too short to say, in words.

    Example: ``1 run failed. 20 of 25 finished runs converged, 2 did not, 3 had too few epochs to
    say.``
    """
    failed = int((runs["state"] == "failed").sum())
    start = f"{failed or 'No'} {'run' if failed < 2 else 'runs'} failed"
    flags = runs.loc[runs["state"] == "done", "converged"]
    if flags.empty:
        return f"{start}, and none has finished."
    unknown, unconverged = int(flags.isna().sum()), int(_is_false(flags).sum())
    known = len(flags) - unknown - unconverged
    parts = [f"{known} of {counted(len(flags), 'finished run')} converged"]
    parts += [f"{unconverged} did not"] if unconverged else []
    parts += [f"{unknown} had too few epochs to say"] if unknown else []
    return f"{start}. {', '.join(parts)}."


def trouble(runs: pd.DataFrame) -> dict[str, Markup]:
    """Return the runs that failed and those known not to have converged, by their heading."""
    failed = runs[runs["state"] == "failed"]
    failed = failed.assign(reason=failed["reason"].map(_reason))
    unconverged = runs[(runs["state"] == "done") & _is_false(runs["converged"])]
    found = {}
    if len(failed):
        found[f"Failed ({len(failed)})"] = html_table(failed, _COLUMNS)
    if len(unconverged) > MOST_UNCONVERGED:
        found[f"Not converged ({len(unconverged)})"] = html_table(unconverged_counts(runs))
    elif len(unconverged):
        found[f"Not converged ({len(unconverged)})"] = html_table(unconverged, _COLUMNS)
    return found


def unconverged_counts(runs: pd.DataFrame) -> pd.DataFrame:
    """Return per source and target how many finished runs did not converge, where any did not."""
    done = runs[runs["state"] == "done"]
    target = done["target"].replace("", pd.NA).fillna(PRETRAINING)
    done = done.assign(target=target, unconverged=_is_false(done["converged"]))
    groups = done.groupby(["source", "target"], sort=False)["unconverged"]
    counts = groups.agg(["sum", "count"]).reset_index()
    counts.columns = pd.Index(["source", "target", "runs not converged", "finished runs"])
    return counts[counts["runs not converged"] > 0].reset_index(drop=True)


def _is_false(flags: "pd.Series[bool]") -> "pd.Series[bool]":
    """Whether a flag is known and false."""
    return flags.notna() & ~flags.fillna(True).astype(bool)


def _reason(reason: object) -> object:
    return shortened(reason) if isinstance(reason, str) else reason
