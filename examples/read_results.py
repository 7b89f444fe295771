"""Print the mean AUC of every source (rows) on every target (columns).

python examples/read_results.py demo-results/results.csv
"""

import sys

import pandas as pd


def mean_auc(path: str) -> pd.DataFrame:
    """Return the mean over seeds, folds and labels; one row per network, arm and source."""
    results = pd.read_csv(path)
    auc = results[results["metric"] == "auc_weighted_ovr"]
    return auc.pivot_table(
        index=["network", "arm", "source"], columns="target", values="value", aggfunc="mean"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(mean_auc(sys.argv[1]).round(3).to_string())
