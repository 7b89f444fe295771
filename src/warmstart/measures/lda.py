"""LDA score: how sure linear discriminant analysis is of the true classes."""

from numpy.typing import ArrayLike

from warmstart.measures.target import Target, mean_over, targets


def lda(features: ArrayLike, labels: ArrayLike) -> float:
    """Mean posterior probability of the true class under linear discriminant analysis.

    The covariance within classes is shrunk by exp(-5 times its largest eigenvalue), at least
    1e-10. ETran's published code solves another problem (a symmetric solver on a matrix that is
    not symmetric) and differs.

    Args:
        features: Features of the target's images, shape (n, d).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.

    Returns:
        0 to 1, higher is better; 1 for most features with d >= n. Depends on the scale of features.

    Raises:
        DataError: If shapes disagree, a value is not finite, there is one class only, or no class
            has two images that differ.

    Example:
        >>> features = [[0.0, 1.0], [0.1, 0.7], [1.0, 0.3], [1.1, 0.0]]
        >>> lda(features, [0, 0, 1, 1]) > lda(features, [0, 1, 0, 1])
        True

    References:
        Gholami et al., ETran, ICCV 2023; the classification part.
    """
    return mean_over(targets(features, labels), target_lda)


def target_lda(target: Target) -> float:
    """`lda` of one question."""
    return float(target.of_true_class(target.posteriors).mean())
