import pkgutil
import subprocess
import sys

import pytest

from warmstart import reports

MODULES = [
    "warmstart.metrics",
    "warmstart.analysis.comparison",
    "warmstart.training.convergence",
    "warmstart.analysis.intervals",
    "warmstart.analysis.roc",
    "warmstart.analysis.sentences",
    "warmstart.analysis.summary",
    "warmstart.analysis.transferability",
    *(f"warmstart.reports.{module.name}" for module in pkgutil.iter_modules(reports.__path__)),
]
HEAVY = ["torch", "ray", "sklearn", "scipy.stats", "altair", "vl_convert", "rich"]


@pytest.mark.parametrize("heavy", HEAVY)
def test_metrics_analysis_and_reports_load_nothing_heavy(loaded, heavy):
    assert heavy not in loaded


@pytest.fixture(scope="module")
def loaded():
    code = f"import sys, {', '.join(MODULES)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()
