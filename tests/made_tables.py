"""Results and measures of known truth."""

import numpy as np
import pandas as pd

from warmstart.analysis.evidence import Question, evidence
from warmstart.analysis.tidy import tidy_measures, tidy_results

QUICK = Question(metric="auc", resamples=100, permutations=200)


def made_results(sources=8, targets=6, repeats=4, noise=0.0, seed=0, shared=0.0):
    """AUCs whose order of sources is partly the same on every target; random is the worst."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.03, sources)
    rows = []
    for t in range(targets):
        own = 0.8 + shared * common + (1 - shared) * rng.normal(0, 0.03, sources)
        for fold in range(repeats):
            values = own + rng.normal(0, noise, sources)
            rows += [(f"s{i}", f"t{t}", fold, values[i]) for i in range(sources)]
            rows.append(("random", f"t{t}", fold, 0.6))
    return pd.DataFrame(rows, columns=["source", "target", "fold", "value"])


def made_measures(results, noise, name="good", seed=1, higher=True):
    """A measure that is the mean AUC and noise; of no baseline."""
    rng = np.random.default_rng(seed)
    means = results[results["source"] != "random"].groupby(["source", "target"])["value"].mean()
    table = means.reset_index()
    sign = 1 if higher else -1
    table["value"] = sign * (table["value"] + rng.normal(0, noise, len(table)))
    return table.assign(measure=name, higher_is_better=higher)


def tidy(results, *measures):
    """Both tables in the tidy form."""
    none = pd.DataFrame(columns=["source", "target", "measure", "value"])
    given = pd.concat(measures, ignore_index=True) if measures else none
    return tidy_results(results, "r.csv").table, tidy_measures(given, "m.csv").table


def ask(results, *measures, question=QUICK):
    """Evidence of both tables."""
    return evidence(*tidy(results, *measures), question)


def row(found, measure, statistic, scope="within"):
    """One row of the agreement."""
    table = found.agreement
    chosen = table[(table["measure"] == measure) & (table["scope"] == scope)]
    return chosen[chosen["statistic"] == statistic].iloc[0]
