"""Distances between datasets: lower is more alike."""

import math

from warmstart.measures.measure import Measure

_HERE = "warmstart.measures"
_TASK2VEC = (
    "Achille et al., Task2Vec: Task Embedding for Meta-Learning, ICCV 2019, arXiv 1902.03545"
)

DISTANCES: tuple[Measure, ...] = (
    Measure(
        name="task2vec",
        title="Task2Vec",
        kind="distance",
        function=f"{_HERE}.task2vec:task2vec",
        needs=("embedding", "embedding"),
        higher_is_better=False,
        formula="1 - cos(a / (a + b), b / (a + b)), element by element",
        range="0 to 1",
        bounds=(0, 1),
        reference=_TASK2VEC,
        misleads="Noise in an embedding is a bias of every distance: embeddings from few drawn "
        "images are far from themselves. It sees what the task needs, not what images look like.",
        cost="d operations; the embedding a forward and a few backward passes per image",
    ),
    Measure(
        name="task2vec_cosine",
        title="Task2Vec, raw cosine",
        kind="distance",
        function=f"{_HERE}.task2vec:task2vec_cosine",
        needs=("embedding", "embedding"),
        higher_is_better=False,
        formula="1 - cos(a, b)",
        range="0 to 1",
        bounds=(0, 1),
        reference="van den Brandt et al., Cats, not CAT scans, 2021, arXiv 2107.05940",
        misleads="A few large entries decide it: of the published chest X-rays one in a thousand "
        "holds 96 % of the squared length. In that study the subsets of one dataset are as far "
        "from each other as from other datasets.",
        cost="d operations; the embedding a forward and a few backward passes per image",
    ),
    Measure(
        name="task2vec_asymmetric",
        title="Task2Vec, asymmetric",
        kind="distance",
        function=f"{_HERE}.task2vec:task2vec_asymmetric",
        needs=("embedding", "embedding"),
        higher_is_better=False,
        formula="task2vec(s, t) - 0.15 task2vec(s, t0), t0 the trivial task: all filters alike",
        range="-0.15 to 1",
        bounds=(-0.15, 1),
        reference=_TASK2VEC,
        misleads="The weight 0.15 was chosen for one network, and the trivial task of the paper "
        "belongs to its variational embedding.",
        cost="d operations; the embedding a forward and a few backward passes per image",
    ),
    Measure(
        name="otdd",
        title="OTDD",
        kind="distance",
        function=f"{_HERE}.otdd:otdd",
        needs=("features", "labels", "features", "labels"),
        higher_is_better=False,
        formula="min over plans of the mean of (|x - x'|^2 + W2^2(y, y')) / 2, W2 between the "
        "Gaussians of classes",
        range="0 or more, in the unit of squared features",
        bounds=(0, math.inf),
        reference="Alvarez-Melis & Fusi, Geometric Dataset Distances via Optimal Transport, "
        "NeurIPS 2020, arXiv 2002.02923",
        misleads="Half of a squared distance, as published. Small samples are far from each other, "
        "and on raw pixels brightness decides. Published values stop before the iteration "
        "converges.",
        cost="n^2 d, the network simplex on n x m costs, K^2 singular value decompositions of the "
        "smaller of d and the images of a class",
    ),
    Measure(
        name="frechet",
        title="Frechet distance",
        kind="distance",
        function=f"{_HERE}.frechet:frechet",
        needs=("features", "features"),
        higher_is_better=False,
        formula="|m - m'|^2 + tr(S + S' - 2 (S S')^(1/2)) of means and covariances",
        range="0 or more, in the unit of squared features",
        bounds=(0, math.inf),
        reference="Heusel et al., GANs Trained by a Two Time-Scale Update Rule, NeurIPS 2017, "
        "arXiv 1706.08500",
        misleads="Biased upwards by few images: compare only distances of equal numbers. It sees "
        "means and covariances, no labels.",
        cost="n d^2 and a singular value decomposition of the smaller of n and d",
    ),
    Measure(
        name="mmd",
        title="MMD",
        kind="distance",
        function=f"{_HERE}.mmd:mmd",
        needs=("features", "features"),
        higher_is_better=False,
        formula="mean k(a, a') + mean k(b, b') - 2 mean k(a, b) over different images, k Gaussian "
        "of the mean squared distance",
        range="below 2; about 0 and also below for one distribution",
        bounds=(-math.inf, 2),
        reference="Gretton et al., A Kernel Two-Sample Test, JMLR 2012",
        misleads="In many dimensions all distances are alike and it is small for everything.",
        cost="(n + m)^2 d",
    ),
    Measure(
        name="kid",
        title="KID",
        kind="distance",
        function=f"{_HERE}.mmd:kid",
        needs=("features", "features"),
        higher_is_better=False,
        formula="mean k(a, a') + mean k(b, b') - 2 mean k(a, b) over different images, k(x, y) = "
        "(x y / d + 1)^3",
        range="about 0 and also below for one distribution",
        reference="Binkowski et al., Demystifying MMD GANs, ICLR 2018, arXiv 1801.01401",
        misleads="Depends on the scale of features; compare within one network.",
        cost="(n + m)^2 d",
    ),
    Measure(
        name="origin",
        title="classifier of origin",
        kind="distance",
        function=f"{_HERE}.origin:origin",
        needs=("features", "features"),
        higher_is_better=False,
        grouped=True,
        formula="cross-validated AUC of logistic regression that tells the two datasets apart, 0.5 "
        "where it is below; identical images are in one fold",
        range="0.5 to 1; 0.5 where nothing tells them apart",
        bounds=(0.5, 1),
        reference="Lopez-Paz & Oquab, Revisiting Classifier Two-Sample Tests, ICLR 2017, arXiv "
        "1610.06545",
        misleads="A camera, a border or a file format is enough for 1; most pairs of datasets are "
        "there, and then it ranks nothing.",
        cost="five logistic regressions on n + m images",
    ),
    Measure(
        name="expert_hamming",
        title="experts",
        kind="distance",
        function=f"{_HERE}.experts:expert_hamming",
        needs=("answers", "answers"),
        higher_is_better=False,
        formula="number of questions to which the majorities of raters answer differently",
        range="0 to the number of questions",
        bounds=(0, math.inf),
        reference="van den Brandt et al., Cats, not CAT scans, 2021, arXiv 2107.05940",
        misleads="Which questions are asked decides it, and few raters may tie: see majority and "
        "fleiss_kappa.",
        cost="none; the raters' time",
    ),
)
