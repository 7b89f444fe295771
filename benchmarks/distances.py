"""How much faster are our distances than the published procedures, in one run?

Task2Vec: the published procedure draws 10,000 images in 156 batches of 64; a few batches are timed
and multiplied. OTDD: the published implementation makes d x d covariances and takes a matrix root
for every pair of classes; one pair is timed and multiplied. CCA: google/svcca's joint covariance,
inverse roots and singular values; SVCCA: its tutorial's full decomposition of each side first. All
on the same arrays, with the same threads.
"""

import time
from collections.abc import Callable

import numpy as np
import torch

from warmstart.embed.fisher import task2vec
from warmstart.embed.probe import Probe, make_probe
from warmstart.embed.published import BATCH, DRAWS, published_task2vec
from warmstart.measures import cca, otdd, svcca
from warmstart.measures import task2vec as distance
from warmstart.models.architectures import build_network
from warmstart.training.run import set_threads

THREADS = 2
NETWORK, SIZE, IMAGES = "resnet18", 64, 100
FEW = 4
"""Batches of the published Task2Vec that are timed."""


def main() -> None:
    set_threads(THREADS)
    print(f"{THREADS} threads")
    of_task2vec(2)
    of_task2vec(7)
    of_otdd()
    of_cca()
    of_svcca()


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def of_task2vec(classes: int) -> None:
    """An embedding of 100 images: seconds, and the distance between two runs of one task."""
    probe, images, labels = _task(classes)
    few = seconds(lambda: published_task2vec(probe, images, labels, draws=FEW * BATCH, seed=0))
    none = seconds(lambda: published_task2vec(probe, images, labels, draws=BATCH, seed=0))
    theirs = none + (few - none) / (FEW - 1) * (DRAWS // BATCH - 1)
    found = []
    ours = min(
        seconds(lambda s=s: found.append(task2vec(probe, images, labels, seed=s)))  # type: ignore[misc]
        for s in (0, 1)
    )
    print(
        f"Task2Vec, {classes} classes: {ours:.1f} s, published {theirs:.0f} s (from {FEW} of "
        f"{DRAWS // BATCH} batches), ratio {theirs / ours:.0f}; distance of two runs of one task "
        f"{distance(*found):.2g} ({NETWORK}, {IMAGES} images of {SIZE} px)"
    )


def _task(classes: int) -> tuple[Probe, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    model = build_network(NETWORK, 2, seed=0)
    probe = make_probe(NETWORK, model.state_dict(), mean=(0.5,) * 3, std=(0.25,) * 3)
    labels = np.arange(IMAGES) % classes
    images = rng.integers(0, 256, (IMAGES, SIZE, SIZE, 3), dtype=np.uint8)
    images //= 1 + labels[:, None, None, None].astype(np.uint8)
    return probe, images, labels


def of_otdd(n: int = 1000, side: int = 32, classes: int = 7) -> None:
    """Two sets of 1,000 images of 3 x 32 x 32 with seven classes each."""
    d = 3 * side * side
    rng = np.random.default_rng(0)
    labels = np.arange(n) % classes
    a, b = (rng.random((n, d), dtype=np.float32) + rng.random((classes, d))[labels] for _ in "ab")
    otdd(a[:20], labels[:20], b[:20], labels[:20])  # imports
    ours = seconds(lambda: otdd(a, labels, b, labels))
    root = seconds(lambda: _matrix_root(np.cov(a[labels == 0].T)))
    roots = 2 * classes + classes * classes + classes * (classes - 1)
    print(
        f"OTDD: {ours:.1f} s, published {roots * root:.0f} s for its {roots} matrix roots alone "
        f"(one of {d} x {d} timed), ratio {roots * root / ours:.0f} (2 x {n} images, {classes} "
        "classes)"
    )


def _matrix_root(matrix: np.ndarray) -> np.ndarray:
    """As the published implementation: single precision, eigenvectors, on PyTorch."""
    values, vectors = torch.linalg.eigh(torch.from_numpy(matrix.astype(np.float32)))
    return (vectors * values.clamp(min=0).sqrt() @ vectors.T).numpy()


def of_cca(neurons: int = 512, images: int = 5000) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, images, neurons))
    rounds = [
        (seconds(lambda: cca(a, b)), seconds(lambda: _published_cca(a.T, b.T))) for _ in range(5)
    ]
    ours, theirs = np.median(rounds, axis=0)
    print(
        f"CCA: {ours:.2f} s, published {theirs:.2f} s, ratio {theirs / ours:.1f} "
        f"({neurons} x {images})"
    )


def of_svcca(neurons: int = 512, images: int = 5000, keep: int = 20) -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(size=(images, 2 * keep)) @ rng.normal(size=(2 * keep, neurons))
    a, b = common + rng.normal(size=(2, images, neurons))
    rounds = [
        (
            seconds(lambda: svcca(a, b, keep=keep)),
            seconds(lambda: _published_cca(*(_leading(x.T, keep) for x in (a, b)))),
        )
        for _ in range(3)
    ]
    ours, theirs = np.median(rounds, axis=0)
    print(
        f"SVCCA: {ours:.2f} s, published {theirs:.2f} s, ratio {theirs / ours:.1f} "
        f"({neurons} x {images}, {keep} directions)"
    )


def _leading(activations: np.ndarray, keep: int) -> np.ndarray:
    centred = activations - activations.mean(axis=1, keepdims=True)
    _, spread, directions = np.linalg.svd(centred, full_matrices=False)
    return spread[:keep, None] * directions[:keep]


def _published_cca(a: np.ndarray, b: np.ndarray) -> float:
    """The steps of google/svcca: joint covariance, pseudo-inverses, roots, singular values."""
    joint, m = np.cov(a, b), len(a)
    xx, xy, yy = joint[:m, :m], joint[:m, m:], joint[m:, m:]
    roots = []
    for block in (xx, yy):
        values, vectors = np.linalg.eigh(np.linalg.pinv(block + 1e-10 * np.eye(len(block))))
        roots.append(vectors * np.sqrt(np.abs(values)) @ vectors.T)
    return float(np.linalg.svd(roots[0] @ xy @ roots[1])[1].mean())


if __name__ == "__main__":
    main()
