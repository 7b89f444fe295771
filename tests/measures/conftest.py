import json

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def case(shared):
    """Reads one fixed case: its arrays, and the values that peers and independent sums give."""

    def read(name):
        with np.load(shared / "reference" / "cases" / f"{name}.npz") as arrays:
            found = {key: arrays[key] for key in ("features", "labels", "source_probs")}
        scores = json.loads((shared / "reference" / "scores.json").read_text("utf-8"))
        return found["features"], found["labels"], found["source_probs"], scores[name]["scores"]

    return read
