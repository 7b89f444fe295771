"""Seconds and memory of every score, beside a Gram matrix and its eigendecomposition.

    python benchmarks/measures.py [--images 5000] [--features 2048] [--classes 7] [NAME ...]

Each score runs in a process of its own, in turn with the Gram matrix of the same features and its
eigendecomposition, so that the ratio of the two is that of one moment on one machine: the quickest
of some rounds of each. "moments" is `panel` with LogME, both H-scores, TransRate, GBC and LDA;
"parc-20000" is PARC of 20,000 images. Where the published procedure is at hand it runs too.
Memory is what is needed beyond the features and the libraries, in copies of the features in double
precision.

Aims: moments at most 2 times the reference, SFDA 3 times; at most 3 copies; PARC of 20,000 images
below 2,000 MB; NLEEP 3 times as fast as published.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from warmstart.measures import MEASURES, panel

MOMENTS = ("logme", "h_score", "shrinkage_h_score", "transrate", "gbc", "lda")
SOURCE_CLASSES = 1000
LARGE = "parc-20000"


def problem(n: int, d: int, classes: int) -> dict[str, NDArray[np.generic]]:
    """Features of single precision as a ReLU leaves them, of 64 dimensions and noise."""
    rng = np.random.default_rng(0)
    labels = rng.integers(classes, size=n)
    hidden = 0.5 * rng.normal(size=(classes, 64))[labels] + rng.normal(size=(n, 64))
    features = hidden @ rng.normal(size=(64, d)) / 8 + 0.3 * rng.normal(size=(n, d))
    probabilities = rng.dirichlet(np.full(SOURCE_CLASSES, 0.01), size=n)
    return {
        "features": np.maximum(features, 0).astype(np.float32),
        "labels": labels,
        "source_probabilities": probabilities,
    }


def gram_and_eigendecomposition(features: NDArray[np.float32]) -> None:
    """Of the smaller side, in double precision."""
    x = features.astype(np.float64)
    eigh(x.T @ x if x.shape[1] < len(x) else x @ x.T, driver="evd", overwrite_a=True)


def published_nleep(features: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The steps of the implementation by the authors of SFDA."""
    from sklearn.decomposition import PCA
    from sklearn.mixture import GaussianMixture

    reduced = PCA(n_components=0.8).fit_transform(features.astype(np.float64))
    classes = int(labels.max()) + 1
    shares = GaussianMixture(5 * classes, random_state=0).fit(reduced).predict_proba(reduced)
    joint = np.eye(classes)[labels].T @ shares
    return float((shares @ (joint / joint.sum(axis=0)).T)[np.arange(len(labels)), labels].mean())


PUBLISHED: dict[str, Callable[..., float]] = {"nleep": published_nleep}


def timed(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def work(name: str, arrays: dict[str, NDArray[np.generic]]) -> Callable[[], object]:
    """What is measured, by name."""
    everything = (arrays["features"], arrays["labels"], arrays["source_probabilities"])
    if name == "moments":
        return partial(panel, *everything, only=MOMENTS)
    if name == "panel":
        return partial(panel, *everything)
    measure = MEASURES[name.split("-")[0]]
    return partial(measure.compute, *(arrays[need] for need in measure.needs))


def peak() -> int:
    """Largest resident memory since it was last reset, in bytes."""
    status = Path("/proc/self/status")
    if not status.exists():  # then since the process began
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def measured(name: str, shape: tuple[int, int, int], rounds: int) -> dict[str, float]:
    """Least seconds of the score and of what it is compared with, and bytes beyond those before."""
    arrays = problem(*shape)
    run = work(name, arrays)
    small = {key: value[:300] for key, value in arrays.items()}
    small["features"] = small["features"][:, :100]
    work(name, small)()  # imports everything
    if Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    seconds = [timed(run)]
    memory = peak() - before
    others = {"reference": partial(gram_and_eigendecomposition, arrays["features"])}
    if name in PUBLISHED:
        others["published"] = partial(PUBLISHED[name], arrays["features"], arrays["labels"])
    found: dict[str, list[float]] = {other: [] for other in others}
    for done in range(rounds):
        for other, function in others.items():
            found[other].append(timed(function))
        if done + 1 < rounds:
            seconds.append(timed(run))
    return {"ours": min(seconds), "memory": memory, **{k: min(v) for k, v in found.items()}}


def main() -> None:
    """Print one line per score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--features", type=int, default=2048)
    parser.add_argument("--classes", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(sys.argv[1:])
    scores = [name for name, row in MEASURES.items() if row.kind == "score"]
    context = multiprocessing.get_context("spawn")
    print(
        f"{'measure':<20}{'seconds':>9}{'reference':>11}{'ratio':>8}{'published':>11}{'faster':>8}"
        f"{'MB':>8}{'copies':>8}"
    )
    for name in chosen.names or ["moments", *scores, "panel", LARGE]:
        images, rounds = (20_000, 1) if name == LARGE else (chosen.images, chosen.rounds)
        with context.Pool(1) as pool:
            shape = (images, chosen.features, chosen.classes)
            found = pool.apply(measured, (name, shape, rounds))
        ours, reference, published = found["ours"], found["reference"], found.get("published")
        copies = found["memory"] / (images * chosen.features * 8)
        beside = f"{published:>11.2f}{published / ours:>8.1f}" if published else " " * 19
        print(
            f"{name:<20}{ours:>9.2f}{reference:>11.2f}{ours / reference:>8.2f}{beside}"
            f"{found['memory'] / 1e6:>8.0f}{copies:>8.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
