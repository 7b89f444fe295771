"""Agreement with fixed cases that official implementations and independent sums were run on."""

import numpy as np
import pytest

from warmstart.measures import (
    gbc,
    h_score,
    knn,
    lda,
    leep,
    logme,
    nce,
    nleep,
    parc,
    sfda,
    shrinkage_h_score,
    transrate,
)

CASES = [
    "bin_balanced",
    "bin_imb_9to1",
    "d_gt_n",
    "degenerate",
    "label_gap",
    "null_labels",
    "real_digits_lite0",
    "real_patches_lite0",
    "seven_imb",
    "twenty_fewshot",
    "zero_source_class",
]
EXACT = "helper exact evidence (converged, all D terms, classes present only)"
WEIGHTED = "helper centred raw features, eps=1e-4, classes weighted by n_c/n"
AUTHORS = "Long-Kai/TransRate Z_centralized eps2=1e-4 (l2-normalised, /rank)"

ON_FEATURES = {
    "logme": (logme, "logme", EXACT),
    "logme, published": (
        lambda x, y: logme(x, y, library_compat=True),
        "logme",
        "thuml/LogME LogME().fit (fixed point, arXiv v2)",
    ),
    "h_score": (h_score, "hscore", "tllib h_score"),
    "shrinkage_h_score": (
        shrinkage_h_score,
        "regularized_hscore",
        "tllib regularized_h_score (Ledoit-Wolf)",
    ),
    "transrate": (transrate, "transrate", WEIGHTED),
    "transrate, unweighted": (
        lambda x, y: transrate(x, y, weighted=False),
        "transrate",
        "tllib transrate eps=1e-4",
    ),
    "transrate, unit length": (
        lambda x, y: transrate(x, y, unit_length=True),
        "transrate",
        AUTHORS,
    ),
    "gbc, spherical": (lambda x, y: -gbc(x, y), "gbc", "helper log(-GBC) spherical"),
    "gbc, spherical, published form": (
        lambda x, y: gbc(x, y, log=False),
        "gbc",
        "helper Bhattacharyya spherical, log-determinant over all D",
    ),
    "gbc, diagonal": (
        lambda x, y: -gbc(x, y, covariance="diagonal"),
        "gbc",
        "helper log(-GBC) diagonal",
    ),
    "lda": (lda, "etran", "helper LDA_Score with the generalised symmetric eigenproblem"),
    "sfda": (sfda, "sfda", "TencentARC/SFDA SFDA_Score"),
    "knn": (lambda x, y: 100 * knn(x, y), "knn", "dbolya/parc kNN k=1 leave-one-out l2 (%)"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("of", ON_FEATURES)
def test_scores_of_features_agree(of, name, case):
    score, group, key = ON_FEATURES[of]
    features, labels, _, reference = case(name)
    expected = reference[group].get(key, "ERROR: not computed")
    if isinstance(expected, str):
        pytest.skip(f"the peer has no value: {expected}")
    assert score(features, labels) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("score", "key"), [(leep, "helper exact"), (nce, "helper exact")])
def test_scores_of_probabilities_agree(score, key, name, case):
    _, labels, probabilities, reference = case(name)
    values = reference[score.__name__]
    expected = next(value for entry, value in values.items() if entry.startswith(key))
    assert score(probabilities, labels) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", ["bin_balanced", "bin_imb_9to1"])
def test_five_neighbours_of_two_classes_cannot_tie_and_agree(name, case):
    features, labels, _, reference = case(name)
    expected = reference["knn"]["dbolya/parc kNN k=5 leave-one-out l2 (%)"]
    assert 100 * knn(features, labels, k=5) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["bin_balanced", "bin_imb_9to1", "d_gt_n", "label_gap"])
def test_parc_agrees_where_the_peer_has_two_label_distances(name, case):
    features, labels, _, reference = case(name)
    expected = reference["parc"]["dbolya/parc PARC (n_dims=None)"]
    assert parc(features, labels) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["bin_imb_9to1", "degenerate", "null_labels"])
def test_nleep_is_within_the_spread_over_seeds_of_its_peer(name, case):
    features, labels, _, reference = case(name)
    peer = reference["nleep"]["TencentARC/SFDA NLEEP component_ratio=5 (mean probability, NOT log)"]
    ours = [nleep(features, labels, log=False, seed=seed) for seed in range(3)]
    assert np.mean(ours) == pytest.approx(peer["mean"], abs=3 * peer["std"])


PEER_ERRORS = {
    "logme: d > n, (d - n) / 2 log(alpha) too high": (
        logme, "d_gt_n", 19.85285490005807, -0.08551585
    ),
    "logme: the same, on 1280 features of real digits": (
        logme, "real_digits_lite0", 3.5434021350394658, 0.284052005918339
    ),
    "logme: a class without images counted": (
        logme, "label_gap", 1.3646113481491542, -0.3569375457855024
    ),
    "h_score: product of elements for product of matrices": (
        h_score, "bin_balanced", 4.778417587280273, 0.8198791332352042
    ),
    "transrate: classes not weighted": (
        transrate, "seven_imb", 196.61626753966377, 57.56079155171153
    ),
    "lda: symmetric solver on a matrix that is not": (
        lda, "degenerate", 0.42333333333333334, 0.9839504439431903
    ),
    "sfda: the same": (sfda, "real_digits_lite0", 0.1164387890909588, 1.0),
    "knn: F1 of class 1 for accuracy": (knn, "bin_imb_9to1", 0.5813953280448914, 0.928),
    "parc: label distances that are equal but for rounding, ranked": (
        parc, "real_patches_lite0", 22.553600956811145, 47.9251383
    ),
}  # fmt: skip


@pytest.mark.parametrize("error", PEER_ERRORS)
def test_errors_of_peers_are_not_ours(error, case):
    score, name, theirs, right = PEER_ERRORS[error]
    features, labels, _, reference = case(name)
    found = score(features, labels)
    assert found == pytest.approx(right, rel=1e-6)
    assert found != pytest.approx(theirs, rel=1e-2)
    published = [v for group in reference.values() for v in group.values()]
    assert any(v == pytest.approx(theirs, rel=1e-12) for v in published if isinstance(v, float))


def test_source_classes_without_mass_are_left_out_of_leep(case):
    _, labels, probabilities, reference = case("zero_source_class")
    assert reference["leep"]["tllib log_expected_empirical_prediction"] == "nan"
    assert leep(probabilities, labels) == pytest.approx(-0.9987723251504819, rel=1e-12)


def test_nce_adds_nothing_to_its_counts(case):
    _, labels, probabilities, reference = case("real_patches_lite0")
    theirs = reference["nce"]["dbolya/parc NegativeCrossEntropy (eps=1e-5)"]
    assert theirs == pytest.approx(-0.2401, abs=1e-4)
    assert nce(probabilities, labels) == pytest.approx(-0.1903881785, rel=1e-9)


def test_spherical_gbc_counts_the_determinant_in_every_dimension(case):
    features, labels, _, reference = case("bin_balanced")
    theirs = reference["gbc"]["google-research/stable_transfer get_gbc_score(spherical) float64"]
    assert theirs == pytest.approx(-0.64581, abs=1e-5)
    assert gbc(features, labels, log=False) == pytest.approx(-0.644163221424453, rel=1e-9)


def test_gbc_does_not_underflow(case):
    features, labels, _, reference = case("real_patches_lite0")
    theirs = reference["gbc"]["google-research/stable_transfer get_gbc_score(diagonal) float32"]
    assert theirs == 0
    assert gbc(features, labels, covariance="diagonal") == pytest.approx(275.8266427048487)
    assert gbc(100 * features, labels, covariance="diagonal") > 275


def test_sfda_does_not_write_to_the_features(case):
    features, labels, _, reference = case("bin_balanced")
    assert reference["sfda"]["input mutated in place"]
    before = features.copy()
    sfda(features, labels)
    assert np.array_equal(features, before)
