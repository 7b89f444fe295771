"""Scores of a network on a target: higher suits better. Labels may be several per image."""

import math

from warmstart.measures.measure import Measure

_HERE = "warmstart.measures"

SCORES: tuple[Measure, ...] = (
    Measure(
        name="logme",
        title="LogME",
        kind="score",
        function=f"{_HERE}.logme:logme",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="mean over classes c of max over a, b of log N(y_c; 0, I / b + F F' / a) / n, y_c "
        "= 1 for images of class c and 0 for others",
        range="any number, in nats per image",
        reference="You et al., LogME: Practical Assessment of Pre-trained Models for Transfer "
        "Learning, ICML 2021, arXiv 2102.11005",
        misleads="It depends on the class balance, so compare networks on one target only. There "
        "is no intercept: subtracting the mean of the features changes it much. Where features "
        "fit the labels without error it has no maximum; the noise is then bounded from below.",
        cost="Gram matrix and eigendecomposition of the smaller side",
    ),
    Measure(
        name="leep",
        title="LEEP",
        kind="score",
        function=f"{_HERE}.leep:leep",
        needs=("source_probabilities", "labels"),
        higher_is_better=True,
        formula="mean over images i of log sum over z of p(y_i | z) p_i(z), with p(y, z) the mean "
        "of p_i(z) over images of class y",
        range="at most 0, in nats per image; guessing by class balance gives minus its entropy",
        bounds=(-math.inf, 0),
        reference="Nguyen et al., LEEP: A New Measure to Evaluate Transferability of Learned "
        "Representations, ICML 2020, arXiv 2002.12462",
        misleads="It sees the source's head, not its features: with a head that is sure of one "
        "class for every image it is minus the entropy of the labels, however good the features "
        "are. More source classes raise it by chance on few images.",
        cost="n z K operations",
    ),
    Measure(
        name="nce",
        title="NCE",
        kind="score",
        function=f"{_HERE}.nce:nce",
        needs=("source_probabilities", "labels"),
        higher_is_better=True,
        formula="minus the entropy of the label given the source's most probable class, -H(Y | Z)",
        range="-log K to 0, in nats per image",
        bounds=(-math.inf, 0),
        reference="Tran, Nguyen & Hassner, Transferability and Hardness of Supervised "
        "Classification Tasks, ICCV 2019, arXiv 1908.08142",
        misleads="It rises towards 0 with the number of source classes met, whatever they mean: on "
        "few images each becomes a class of its own.",
        cost="n z operations",
    ),
    Measure(
        name="nleep",
        title="NLEEP",
        kind="score",
        function=f"{_HERE}.nleep:nleep",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="LEEP with the components of a Gaussian mixture (5 per class) in place of source "
        "classes, on the principal components that hold 80 % of the variance",
        range="at most 0, in nats per image",
        bounds=(-math.inf, 0),
        reference="Li et al., Ranking Neural Checkpoints, CVPR 2021, arXiv 2011.11200",
        misleads="The mixture is fitted from a random start: values of several seeds differ by "
        "about 0.01 to 0.05. With few images per component it says 0 for any features.",
        cost="eigendecomposition, then rounds of n M p^2 for M components of p dimensions",
    ),
    Measure(
        name="h_score",
        title="H-score",
        kind="score",
        function=f"{_HERE}.h_score:h_score",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="tr(pinv(cov f) cov(E[f | y]))",
        range="0 to min(K - 1, rank of the features)",
        bounds=(0, math.inf),
        reference="Bao et al., An Information-Theoretic Approach to Transferability in Task "
        "Transfer Learning, ICIP 2019",
        misleads="With as many features as images it is K - 1 whatever the features are, and close "
        "to that it mostly counts features: take the shrinkage H-score.",
        cost="Gram matrix and eigendecomposition of the smaller side",
    ),
    Measure(
        name="shrinkage_h_score",
        title="shrinkage H-score",
        kind="score",
        function=f"{_HERE}.h_score:shrinkage_h_score",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="(1 - a) tr(inv(C) cov(E[f | y])), C = (1 - a) cov f + a tr(cov f) / d I, a after "
        "Ledoit and Wolf",
        range="0 to min(K - 1, d)",
        bounds=(0, math.inf),
        reference="Ibrahim, Ponomareva & Mazumder, Newer is not always better: Rethinking "
        "transferability metrics, ECML PKDD 2022, arXiv 2110.06893",
        misleads="One feature of a much larger scale than the others takes it over.",
        cost="Gram matrix and eigendecomposition of the smaller side",
    ),
    Measure(
        name="transrate",
        title="TransRate",
        kind="score",
        function=f"{_HERE}.transrate:transrate",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="R(Z) - sum over classes k of n_k / n R(Z_k), R(Z) = 1/2 log det(I + Z'Z / (n e)), "
        "Z centred, e = 0.0001",
        range="at least 0, in nats",
        bounds=(0, math.inf),
        reference="Huang et al., Frustratingly Easy Transferability Estimation, ICML 2022, arXiv "
        "2106.09362",
        misleads="It grows with the scale and the number of the features, so that networks of "
        "different widths are hardly comparable.",
        cost="Gram matrix and eigendecomposition, and a determinant per class",
    ),
    Measure(
        name="gbc",
        title="GBC",
        kind="score",
        function=f"{_HERE}.gbc:gbc",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="-log sum over ordered pairs of classes of exp(-B), B the Bhattacharyya distance "
        "of spherical Gaussians; -sum exp(-B), the published form, with log=False",
        range="at least -log(K (K - 1)); published form at most 0",
        reference="Pandy et al., Transferability Estimation using Bhattacharyya Class "
        "Separability, CVPR 2022, arXiv 2111.12780",
        misleads="Spherical Gaussians see no direction: a few features that separate the classes "
        "drown among many that do not. The one closest pair of classes decides.",
        cost="n d + K^2 d",
    ),
    Measure(
        name="parc",
        title="PARC",
        kind="score",
        function=f"{_HERE}.parc:parc",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="100 times Spearman's correlation, over pairs of images, of 1 - Pearson's "
        "correlation of their standardised features and 1 - that of their one-hot labels",
        range="-100 to 100; the largest value possible depends on the class balance",
        bounds=(-100, 100),
        reference="Bolya, Mittapalli & Hoffman, Scalable Diverse Model Selection for Accessible "
        "Transfer Learning, NeurIPS 2021, arXiv 2111.06977",
        misleads="A pair is of one class or not, so that even perfect features stay far below 100, "
        "and the frequent classes hold nearly all pairs.",
        cost="n^2 d; memory of a block of images times n",
    ),
    Measure(
        name="sfda",
        title="SFDA",
        kind="score",
        function=f"{_HERE}.sfda:sfda",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="mean posterior of the true class under regularised linear discriminant analysis, "
        "after each image was mixed with the means of other classes where the first fit was "
        "unsure",
        range="0 to 1",
        bounds=(0, 1),
        reference="Shao et al., Not All Models Are Equal: Predicting Model Transferability in a "
        "Self-challenging Fisher Space, ECCV 2022, arXiv 2207.03036",
        misleads="It is fitted and judged on the same images: with more features than images it is "
        "1. The regularisation falls with the scale of the features, down to none.",
        cost="two Gram matrices and Cholesky factorisations",
    ),
    Measure(
        name="lda",
        title="LDA score",
        kind="score",
        function=f"{_HERE}.lda:lda",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="mean posterior of the true class under regularised linear discriminant analysis",
        range="0 to 1",
        bounds=(0, 1),
        reference="Gholami et al., ETran: Energy-Based Transferability Estimation, ICCV 2023, "
        "arXiv 2308.02027",
        misleads="It is fitted and judged on the same images: with more features than images it is "
        "1. The regularisation falls with the scale of the features, down to none.",
        cost="Gram matrix and Cholesky factorisation",
    ),
    Measure(
        name="ncti",
        title="NCTI",
        kind="score",
        function=f"{_HERE}.ncti:ncti",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="mean posterior of the true class under linear discriminant analysis of 64 "
        "principal components, plus log |Z|_*, minus log sum over classes of |P_k|_*, Z the "
        "centred discriminants, P_k posteriors of images of class k, |.|_* the nuclear norm",
        range="any number",
        reference="Wang et al., How Far Pre-trained Models Are from Neural Collapse on the Target "
        "Dataset Informs their Transferability, ICCV 2023",
        misleads="The paper brings the three parts to the range 0 to 1 over the networks compared, "
        "so that a network's value depends on the others: `ncti_among` does that.",
        cost="Gram matrix and eigendecomposition of the smaller side",
    ),
    Measure(
        name="knn",
        title="nearest neighbours",
        kind="score",
        function=f"{_HERE}.knn:knn",
        needs=("features", "labels"),
        higher_is_better=True,
        formula="share of images whose nearest other images (1 by default) are mostly of their "
        "class",
        range="0 to 1",
        bounds=(0, 1),
        reference="Cover & Hart, Nearest neighbor pattern classification, IEEE Transactions on "
        "Information Theory 1967",
        misleads="Near-duplicates, or other images of the same patient, are nearest neighbours: it "
        "is too high. A share says little where one class is frequent.",
        cost="n^2 d; memory of a block of images times n",
    ),
    Measure(
        name="linear_probe",
        title="linear probe",
        kind="score",
        function=f"{_HERE}.linear_probe:linear_probe",
        needs=("features", "labels"),
        higher_is_better=True,
        grouped=True,
        formula="AUC of logistic regression on standardised features, mean over 5 folds, classes "
        "weighted by prevalence",
        range="0 to 1, 0.5 for guessing",
        bounds=(0, 1),
        reference="Alain & Bengio, Understanding intermediate layers using linear classifier "
        "probes, ICLR 2017, arXiv 1610.01644",
        misleads="Without groups, images of one patient lie on both sides of a fold: it is too "
        "high.",
        cost="a Gram matrix and a Cholesky factorisation, then some 30 passes of n d K + d^2 K "
        "per fold",
    ),
)
