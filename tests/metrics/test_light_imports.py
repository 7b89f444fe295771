import subprocess
import sys

import pytest

MODULES = [
    "warmstart.metrics",
    "warmstart.analysis.comparison",
    "warmstart.training.convergence",
    "warmstart.analysis.intervals",
    "warmstart.analysis.roc",
    "warmstart.analysis.sentences",
    "warmstart.analysis.summary",
    "warmstart.analysis.transferability",
]


@pytest.mark.parametrize("heavy", ["torch", "sklearn", "scipy.stats"])
def test_metrics_and_analysis_load_nothing_heavy(loaded, heavy):
    assert heavy not in loaded


@pytest.fixture(scope="module")
def loaded():
    code = f"import sys, {', '.join(MODULES)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()
