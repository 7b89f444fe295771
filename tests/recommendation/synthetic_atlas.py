"""An atlas whose truth is known."""

import numpy as np

from warmstart.recommendation.places import Place

CANDIDATES = tuple(("net", f"source-{i}") for i in range(12))


def synthetic_places(targets=12, *, experience=1.0, score=1.0, noise=0.5, spread=2.0, seed=0):
    """Gains = experience * a_s + score * b_st + noise; ``useful`` shows b_st, ``useless`` nothing.

    Targets come in origins of two.
    """
    rng = np.random.default_rng(seed)
    common = rng.normal(size=len(CANDIDATES))
    found = []
    for i in range(targets):
        own = rng.normal(size=len(CANDIDATES))
        gains = experience * common + score * own + noise * rng.normal(size=len(CANDIDATES))
        scores = {"useful": 3 * own + 7, "useless": rng.normal(size=len(CANDIDATES))}
        found.append(
            Place(
                target=f"target-{i}",
                origin=f"origin-{i // 2}",
                candidates=CANDIDATES,
                scores=scores,
                gains=80 + spread * gains,
            )
        )
    return found


def place(gains, target="t", origin=None, scores=None, names=None):
    """One target with candidates a, b, c, ..."""
    names = names or "abcdefghijklmnop"[: len(gains)]
    return Place(
        target=target,
        origin=origin or target,
        candidates=tuple(("", name) for name in names),
        scores={k: np.asarray(v, dtype=float) for k, v in (scores or {}).items()},
        gains=np.asarray(gains, dtype=float),
    )
