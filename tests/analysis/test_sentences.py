import pandas as pd
import pytest

from warmstart.analysis.comparison import ALL_EQUAL, compare
from warmstart.analysis.sentences import sentence, sentences

NAMES = {"baseline": "random", "title": "AUC"}


def row(source, mean, apart=None, p=float("nan"), **more):
    reason = "best" if more.get("best") else "" if apart is not None else "too few folds (2)"
    told = pd.NA if apart is None else apart
    defaults = {"best": False, "folds": 3, "seeds": 1, "reason": reason}
    return {"source": source, "mean": mean, "told_apart": told, "p_holm": p} | defaults | more


def table(*rows):
    return pd.DataFrame(list(rows))


BEST = row("imagenet", 0.8421, best=True)
RANDOM_BEST = row("random", 0.8421, best=True)
CASES = {
    "some": (
        [BEST, row("photos", 0.8, False, 0.31), row("random", 0.7, True, 0.01)],
        "histology: imagenet has the highest mean AUC (0.842, 3 folds); it is told apart from "
        "random initialisation, not from photos (p = 0.31).",
    ),
    "all": (
        [BEST, row("photos", 0.8, True, 0.03), row("random", 0.7, True, 0.01)],
        "histology: imagenet has the highest mean AUC (0.842, 3 folds); it is told apart from "
        "photos and random initialisation.",
    ),
    "none": (
        [BEST, row("photos", 0.8, False, 0.31), row("random", 0.7, False, 0.06)],
        "histology: no source can be told apart from the best, imagenet (mean AUC 0.842, "
        "3 folds), so the evidence decides nothing.",
    ),
    "two folds": (
        [BEST | {"folds": 2}, row("photos", 0.8), row("random", 0.7)],
        "histology: imagenet has the highest mean AUC (0.842, 2 folds), but 2 folds are too few "
        "to tell sources apart (3 are needed).",
    ),
    "one fold": (
        [BEST | {"folds": 1}, row("random", 0.7, reason="too few folds (1)")],
        "histology: imagenet has the highest mean AUC (0.842, 1 fold), but 1 fold is too few "
        "to tell sources apart (3 are needed).",
    ),
    "failed runs": (
        [BEST, row("photos", 0.8), row("textures", 0.75, False, 0.081), row("random", 0.7, True)],
        "histology: imagenet has the highest mean AUC (0.842, 3 folds); it is told apart from "
        "random initialisation, not from textures (p = 0.081); it shares too few folds with "
        "photos to be compared.",
    ),
    "equal differences": (
        [BEST, row("photos", 0.8, reason=ALL_EQUAL), row("random", 0.7, reason=ALL_EQUAL)],
        "histology: imagenet has the highest mean AUC (0.842, 3 folds), but its differences to "
        "photos and random initialisation are all equal: too few test images to tell.",
    ),
    "equal differences and a test": (
        [BEST, row("photos", 0.8, reason=ALL_EQUAL), row("random", 0.7, True)],
        "histology: imagenet has the highest mean AUC (0.842, 3 folds); it is told apart from "
        "random initialisation; its differences to photos are all equal: too few test images "
        "to tell.",
    ),
    "equal differences and failed runs": (
        [BEST, row("photos", 0.8), row("random", 0.7, reason=ALL_EQUAL)],
        "histology: imagenet has the highest mean AUC (0.842, 3 folds), but it shares too few "
        "folds with photos to be compared and its differences to random initialisation are all "
        "equal: too few test images to tell.",
    ),
    "random is best": (
        [RANDOM_BEST, row("photos", 0.8, False, 0.31), row("textures", 0.7, True, 0.01)],
        "histology: no pretrained source beats random initialisation, which has the highest mean "
        "AUC (0.842, 3 folds); it is told apart from textures, not from photos (p = 0.31).",
    ),
    "random is best of equals": (
        [RANDOM_BEST, row("photos", 0.8, False, 0.31)],
        "histology: no pretrained source beats random initialisation, which has the highest mean "
        "AUC (0.842, 3 folds); no pretrained source can be told apart from it either, so the "
        "evidence decides nothing.",
    ),
    "random is best, two folds": (
        [RANDOM_BEST | {"folds": 2}, row("photos", 0.8)],
        "histology: no pretrained source beats random initialisation, which has the highest mean "
        "AUC (0.842, 2 folds), but 2 folds are too few to tell sources apart (3 are needed).",
    ),
    "alone": (
        [BEST],
        "histology: imagenet is the only source with results (mean AUC 0.842, 3 folds), so there "
        "is nothing to compare.",
    ),
    "seeds": (
        [BEST | {"folds": 6, "seeds": 2}, row("photos", 0.8, False, 0.9)],
        "histology: no source can be told apart from the best, imagenet (mean AUC 0.842, "
        "6 folds of 2 seeds), so the evidence decides nothing.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_sentence_says_what_the_evidence_supports(name):
    rows, expected = CASES[name]
    assert sentence("histology", table(*rows), **NAMES) == expected


def test_without_results_the_sentence_says_so():
    empty = compare(pd.DataFrame(columns=["source", "seed", "fold", "value", "n_train", "n_test"]))
    assert sentence("fundus", empty, **NAMES) == (
        "fundus: no run has finished, so there is nothing to compare."
    )


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0999, "p = 0.100"), (0.05, "p = 0.050"), (0.5, "p = 0.50"), (1.0, "p = 1.00")],
)
def test_p_values_keep_their_side_of_five_percent_in_print(p, text):
    found = sentence("t", table(BEST, row("a", 0.8, True), row("b", 0.8, False, p)), **NAMES)
    assert found.endswith(f"not from b ({text}).")


def place(rows, **where):
    cell = {"network": "net", "arm": "full", "target": "histology", "label": "", "bracketed": False}
    return table(*rows).assign(**(cell | where))


def test_one_sentence_per_target_names_network_and_arm_only_where_there_are_several():
    rows = CASES["alone"][0]
    both = pd.concat([place(rows), place(rows, target="fundus"), place(rows, label="x")])
    assert [line.split(":")[0] for line in sentences(both, **NAMES)] == ["histology", "fundus"]
    arms = pd.concat([place(rows), place(rows, arm="n500")])
    assert [line.split(":")[0] for line in sentences(arms, **NAMES)] == [
        "histology (arm full)",
        "histology (arm n500)",
    ]
    nets = pd.concat([place(rows), place(rows, network="cbr_small", arm="n500")])
    assert sentences(nets, **NAMES)[1].startswith("histology (network cbr_small, arm n500): ")


def test_an_unconverged_baseline_is_said():
    line = sentences(place(CASES["none"][0], bracketed=True), **NAMES)[0]
    assert line == (
        CASES["none"][1] + " Training from random initialisation had not converged, so gains over "
        "it are in brackets: more epochs may shrink them."
    )


def test_the_baseline_of_the_paper_is_called_by_its_name():
    rows = [row("isic", 0.9, best=True), row("photos", 0.8, True, 0.01)]
    line = sentences(place(rows, target="isic"), baseline="paper", title="macro AUC")[0]
    assert line == (
        "isic: no pretrained source beats isic, which has the highest mean macro AUC (0.900, "
        "3 folds); it is told apart from photos."
    )
