"""Seconds and memory of every score, beside a Gram matrix and its eigendecomposition.

    python benchmarks/measures.py [--images 5000] [--features 2048] [--classes 7] [NAME ...]

Each score runs in a process of its own, followed at once by the Gram matrix of the same features
and its eigendecomposition, so that the ratio of the two is that of one moment on one machine.
"moments" is `panel` with LogME, both H-scores, TransRate, GBC and LDA; memory is what is needed
beyond the features and the libraries, in copies of the features in double precision.
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
    measure = MEASURES[name]
    return partial(measure.compute, *(arrays[need] for need in measure.needs))


def peak() -> int:
    """Largest resident memory since it was last reset, in bytes."""
    status = Path("/proc/self/status")
    if not status.exists():  # then since the process began
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def measured(name: str, shape: tuple[int, int, int]) -> tuple[float, float, float]:
    """Seconds, bytes beyond what was there before, and seconds of the reference."""
    arrays = problem(*shape)
    run = work(name, arrays)
    small = {key: value[:300] for key, value in arrays.items()}
    small["features"] = small["features"][:, :100]
    work(name, small)()  # imports everything
    if Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    seconds = timed(run)
    memory = peak() - before
    return seconds, memory, timed(partial(gram_and_eigendecomposition, arrays["features"]))


def main() -> None:
    """Print one line per score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--features", type=int, default=2048)
    parser.add_argument("--classes", type=int, default=7)
    chosen = parser.parse_args(sys.argv[1:])
    scores = [name for name, row in MEASURES.items() if row.kind == "score"]
    shape = (chosen.images, chosen.features, chosen.classes)
    copy = chosen.images * chosen.features * 8
    context = multiprocessing.get_context("spawn")
    print(f"{'measure':<20}{'seconds':>9}{'reference':>11}{'ratio':>8}{'MB':>8}{'copies':>8}")
    for name in chosen.names or ["moments", *scores, "panel"]:
        with context.Pool(1) as pool:
            seconds, memory, reference = pool.apply(measured, (name, shape))
        print(
            f"{name:<20}{seconds:>9.2f}{reference:>11.2f}{seconds / reference:>8.2f}"
            f"{memory / 1e6:>8.0f}{memory / copy:>8.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
