"""Distances between Task2Vec embeddings, which ``embed.fisher`` computes."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.checks import Floats, check_vector


def task2vec_cosine(embedding_a: ArrayLike, embedding_b: ArrayLike) -> float:
    """One minus the cosine of two embeddings as they are, as *Cats, not CAT scans* used it.

    A few large entries decide it: in the paper's chest X-rays one in a thousand holds nearly all
    of the squared length.

    Args:
        embedding_a: Shape (d,), not negative.
        embedding_b: Shape (d,), of the same network.

    Returns:
        Between 0 and 1; lower is more alike. Does not depend on the scale of either.

    Raises:
        DataError: If lengths differ, an entry is negative or not finite, or all are zero.

    Example:
        >>> task2vec_cosine([1.0, 0.0], [0.0, 3.0])
        1.0

    References:
        van den Brandt et al., "Cats, not CAT scans", 2021.
    """
    a, b = _pair(embedding_a, embedding_b)
    return _cosine_distance(a, b)


def task2vec(
    embedding_a: ArrayLike, embedding_b: ArrayLike, *, library_compat: bool = False
) -> float:
    r"""Symmetric Task2Vec distance: cosine after both are divided by their sum.

    :math:`d_{\cos}(F_a / (F_a + F_b), F_b / (F_a + F_b))`, element by element, so that all filters
    count alike; a filter that neither task needs counts for nothing.

    Args:
        embedding_a: Shape (d,), not negative.
        embedding_b: Shape (d,), of the same network.
        library_compat: Add 1e-8 to every sum, as the published implementation does: small entries
            then count for less.

    Returns:
        Between 0 and 1; lower is more alike; 0 also where one is a multiple of the other. Noise in
        either adds to it.

    Raises:
        DataError: If lengths differ, an entry is negative or not finite, or all are zero.

    Example:
        >>> task2vec([1.0, 2.0], [3.0, 6.0]) < 1e-12
        True

    References:
        Achille et al., "Task2Vec: task embedding for meta-learning", ICCV 2019, section 3.
    """
    a, b = _pair(embedding_a, embedding_b)
    total = a + b
    total = total + 1e-8 if library_compat else np.where(total > 0, total, 1.0)
    return _cosine_distance(a / total, b / total)


def task2vec_asymmetric(
    embedding_source: ArrayLike,
    embedding_target: ArrayLike,
    *,
    trivial: ArrayLike | None = None,
    alpha: float = 0.15,
) -> float:
    r"""Asymmetric Task2Vec distance: of two sources equally near, the more complex one is nearer.

    :math:`d_{sym}(s, t) - \alpha\, d_{sym}(s, t_0)`, where :math:`t_0` is the trivial task.

    Args:
        embedding_source: Shape (d,), not negative.
        embedding_target: Shape (d,), of the same network.
        trivial: Embedding of the trivial task, shape (d,). By default it needs all filters alike,
            and as much in all as the source: the paper's is the prior of its variational fit,
            which Fisher information by gradients does not have.
        alpha: How much complexity counts; 0.15 is the paper's for a ResNet-34.

    Returns:
        Between ``-alpha`` and 1; lower is the better source.

    Raises:
        DataError: If lengths differ, an entry is negative or not finite, or all are zero.

    Example:
        >>> simple, complex = [1.0, 1.0], [1.9, 0.1]
        >>> task2vec_asymmetric(complex, complex) < task2vec_asymmetric(simple, simple)
        True

    References:
        Achille et al., "Task2Vec: task embedding for meta-learning", ICCV 2019, section 3.
    """
    source, target = _pair(embedding_source, embedding_target)
    of_nothing = np.full_like(source, source.mean()) if trivial is None else trivial
    return task2vec(source, target) - alpha * task2vec(source, of_nothing)


def _pair(embedding_a: ArrayLike, embedding_b: ArrayLike) -> tuple[Floats, Floats]:
    a = _embedding(embedding_a, "embedding_a")
    b = _embedding(embedding_b, "embedding_b")
    if len(a) != len(b):
        raise DataError(
            f"embeddings have {len(a)} and {len(b)} entries; expected as many in both: embed both "
            "tasks with the same network."
        )
    return a, b


def _embedding(values: ArrayLike, name: str) -> Floats:
    found = check_vector(values, name)
    if (found < 0).any():
        entry = int(np.argmax(found < 0))
        raise DataError(f"{name} entry {entry} is negative; squares of gradients are not: redo it.")
    if not found.any():
        raise DataError(f"{name} is all zero: the network does not react to that task; redo it.")
    return found


def _cosine_distance(a: Floats, b: Floats) -> float:
    a, b = a / a.max(), b / b.max()  # so that no square vanishes or overflows
    return max(0.0, float(1.0 - a @ b / np.sqrt((a @ a) * (b @ b))))
