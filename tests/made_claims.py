"""Claims, and results of known truth that they are judged on."""

import numpy as np
import pandas as pd

from warmstart.analysis.claim_differences import compare_claims
from warmstart.analysis.claim_numbers import KEPT_COLUMNS, numbers_of
from warmstart.analysis.claims import Claim, verdicts
from warmstart.analysis.steps import COLUMNS as STEPS

FOLDS = 5


def results(means, *, noise=0.002, folds=FOLDS, seed=0, label=""):
    """Results of places (network, source, arm, target) with known means and a little noise."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            **dict(zip(("network", "source", "arm", "target"), place, strict=True)),
            "seed": 0,
            "fold": fold,
            "label": label,
            "metric": "auc",
            "value": mean + noise * rng.standard_normal(),
            "n_train": 80,
            "n_test": 20,
        }
        for place, mean in means.items()
        for fold in range(folds)
    ]
    return pd.DataFrame(rows)


def at(source, target="t", network="n", arm="full"):
    return network, source, arm, target


def judged(claim, table, planned=None, *, steps=None, kept=None):
    planned = table if planned is None else planned
    compared = compare_claims([claim], numbers(table, steps, kept), planned)
    return verdicts([claim], compared).iloc[0], compared


def numbers(table, steps=None, kept=None):
    steps = pd.DataFrame(columns=STEPS) if steps is None else steps
    kept = pd.DataFrame(columns=KEPT_COLUMNS) if kept is None else kept
    return numbers_of(table, "auc", steps=steps, kept=kept)


def a_claim(**changes):
    return Claim(**{"name": "c", "says": "It is so", "compare": {"source": ["a"]}, **changes})
