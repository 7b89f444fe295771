"""Which pretrained source gives your medical images the best start, with the evidence.

    >>> import warmstart
    >>> warmstart.METRICS["auc_weighted_ovr"].higher_is_better
    True

The names below are loaded when they are first used, so that ``import warmstart`` is fast.
"""

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from warmstart.data.dataset import Dataset
    from warmstart.data.readers import Reader, read_dataset
    from warmstart.errors import WarmstartError
    from warmstart.metrics import METRICS
    from warmstart.recommendation.recommend import recommend
    from warmstart.studies.config import Study
    from warmstart.studies.new import new_study
    from warmstart.studies.options import Options
    from warmstart.studies.runner import run_study
    from warmstart.studies.study_file import build_study, read_study

__all__ = [
    "METRICS",
    "Dataset",
    "Options",
    "Reader",
    "Study",
    "WarmstartError",
    "build_study",
    "new_study",
    "read_dataset",
    "read_study",
    "recommend",
    "run_study",
]

_HOMES = {
    "METRICS": "metrics",
    "Dataset": "data.dataset",
    "Options": "studies.options",
    "Reader": "data.readers",
    "Study": "studies.config",
    "WarmstartError": "errors",
    "build_study": "studies.study_file",
    "new_study": "studies.new",
    "read_dataset": "data.readers",
    "read_study": "studies.study_file",
    "recommend": "recommendation.recommend",
    "run_study": "studies.runner",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'warmstart' has no attribute {name!r}")
    return getattr(importlib.import_module(f"warmstart.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
