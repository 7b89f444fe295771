"""Comparisons of two representations of the same images: higher is more alike."""

import math

from warmstart.measures.measure import Measure

_HERE = "warmstart.measures"

REPRESENTATIONS: tuple[Measure, ...] = (
    Measure(
        name="cca",
        title="mean CCA",
        kind="representation",
        function=f"{_HERE}.cca:cca",
        needs=("activations", "activations"),
        higher_is_better=True,
        formula="mean of the singular values of Q_a' Q_b, with Q an orthonormal basis of what the "
        "centred neurons span",
        range="0 to 1; about sqrt(d / n) for independent representations",
        bounds=(0, 1),
        reference="Raghu et al., Transfusion: Understanding Transfer Learning for Medical Imaging, "
        "NeurIPS 2019, arXiv 1902.07208",
        misleads="It counts directions of tiny variance as much as the leading ones, and rises "
        "with neurons per image whatever they show: read it against independent_baseline.",
        cost="two Gram matrices and Cholesky factorisations, n d^2; thin QR where neurons nearly "
        "repeat each other",
    ),
    Measure(
        name="svcca",
        title="SVCCA",
        kind="representation",
        function=f"{_HERE}.svcca:svcca",
        needs=("activations", "activations"),
        higher_is_better=True,
        formula="mean canonical correlation of the principal directions that hold 99 % of the "
        "variance of each side",
        range="0 to 1",
        bounds=(0, 1),
        reference="Raghu et al., SVCCA: Singular Vector Canonical Correlation Analysis for Deep "
        "Learning Dynamics and Interpretability, NeurIPS 2017, arXiv 1706.05806",
        misleads="An invertible linear change moves other directions into the leading ones, so it "
        "is not 1 after one; the cut-off decides how many directions are averaged.",
        cost="two Gram matrices and eigendecompositions, n d^2; thin QR where directions have "
        "hardly any spread",
    ),
    Measure(
        name="pwcca",
        title="PWCCA",
        kind="representation",
        function=f"{_HERE}.cca:pwcca",
        needs=("activations", "activations"),
        higher_is_better=True,
        formula="sum of a_i rho_i / sum of a_i, a_i = sum over neurons z of |<h_i, z>|, with h_i "
        "the canonical directions of the first side",
        range="0 to 1",
        bounds=(0, 1),
        reference="Morcos, Raghu & Bengio, Insights on Representational Similarity in Neural "
        "Networks with Canonical Correlation, NeurIPS 2018, arXiv 1806.05759",
        misleads="It is not symmetric. Where canonical correlations are equal, directions are not "
        "determined, and nor are their weights.",
        cost="two Gram matrices and Cholesky factorisations, n d^2; thin QR where neurons nearly "
        "repeat each other",
    ),
    Measure(
        name="linear_cka",
        title="linear CKA",
        kind="representation",
        function=f"{_HERE}.cka:linear_cka",
        needs=("activations", "activations"),
        higher_is_better=True,
        formula="HSIC(a, b) / sqrt(HSIC(a, a) HSIC(b, b)) with inner products, each HSIC unbiased",
        range="at most 1; about 0 for independent representations",
        bounds=(-math.inf, 1),
        reference="Kornblith et al., Similarity of Neural Network Representations Revisited, ICML "
        "2019, arXiv 1905.00414",
        misleads="A few directions of large variance decide it: networks may differ in all others.",
        cost="n d^2, or n^2 d where there are more neurons than images",
    ),
    Measure(
        name="kernel_cka",
        title="kernel CKA",
        kind="representation",
        function=f"{_HERE}.cka:kernel_cka",
        needs=("activations", "activations"),
        higher_is_better=True,
        formula="HSIC(a, b) / sqrt(HSIC(a, a) HSIC(b, b)) with Gaussian kernels of half the median "
        "distance, each HSIC unbiased",
        range="at most 1; about 0 for independent representations",
        bounds=(-math.inf, 1),
        reference="Kornblith et al., Similarity of Neural Network Representations Revisited, ICML "
        "2019, arXiv 1905.00414",
        misleads="The bandwidth decides whether neighbours or the whole arrangement count.",
        cost="n^2 d, and n^2 numbers in memory",
    ),
    Measure(
        name="procrustes",
        title="Procrustes similarity",
        kind="representation",
        function=f"{_HERE}.procrustes:procrustes",
        needs=("activations", "activations"),
        higher_is_better=True,
        formula="nuclear norm of A' B, with A and B centred and of total variance one",
        range="0 to 1",
        bounds=(0, 1),
        reference="Ding, Denain & Steinhardt, Grounding Representation Similarity Through "
        "Statistical Testing, NeurIPS 2021, arXiv 2108.01661",
        misleads="It rises with neurons per image whatever they show: read it against "
        "independent_baseline.",
        cost="n d^2 and a singular value decomposition of d x d",
    ),
)
