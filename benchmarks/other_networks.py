"""Does experience with a source in other networks tell how good it is in this one?

    python benchmarks/other_networks.py TABLES

TABLES holds controlled.csv of PARC (8 sources, 4 networks, 7 targets; accuracy). Sources are ranked
for each network and target by their mean standing on the other targets: with the same network,
with the other networks only, and with all.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from warmstart.analysis.agreement import expected_best
from warmstart.analysis.experience import standardised
from warmstart.analysis.published import parc
from warmstart.analysis.rank_correlations import weighted_tau
from warmstart.core.columns import columns

WAYS = ("the same network", "other networks", "all networks")


def ranked(table: pd.DataFrame, way: str) -> tuple[float, float]:
    """Weighted Kendall tau and regret in points of accuracy, means over networks and targets."""
    found = []
    for (network, target), own in table.groupby(["network", "target"]):
        rest = table[table["target"] != target]
        if way != WAYS[2]:
            rest = rest[(rest["network"] == network) == (way == WAYS[0])]
        told = own["source"].map(rest.groupby("source")["standing"].mean()).fillna(0.0).to_numpy()
        values = own["value"].to_numpy()
        found.append((weighted_tau(told, values), values.max() - expected_best(values, told, 1)))
    tau, regret = np.mean(found, axis=0)
    return float(tau), float(regret)


def main(folder: Path) -> None:
    table = parc.results(folder)
    table = table[table["source"] != table["target"]]
    values = table.groupby(["network", "target"])["value"]
    table = table.assign(standing=values.transform(lambda own: standardised(own.to_numpy())))
    rows = [("experience with", "tau", "regret")]
    rows += [(way, *(f"{value:.3f}" for value in ranked(table, way))) for way in WAYS]
    print("\n".join(columns(rows, right=(1, 2))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
