import os
from pathlib import Path

import pytest

# Before NumPy and PyTorch are loaded: what is this small is faster in one thread, several processes
# test at once, and threads that wait by spinning take the cores from those that work.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

from small_study import write_images

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared():
    """Reference values and real images; not part of this project; tests that need them skip."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent: reference values and real images are not in this project")
    return SHARED


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def images(tmp_path):
    """Two image folders beside each other: three shapes, two kinds of lesions."""
    write_images(tmp_path / "shapes", ("circle", "square", "star"), seed=1)
    write_images(tmp_path / "lesions", ("benign", "malignant"), seed=2)
    return tmp_path
