"""Where Warmstart keeps what can be made again."""

import os
from pathlib import Path

from platformdirs import user_cache_path

CACHE_VARIABLE = "WARMSTART_CACHE"


def cache_folder() -> Path:
    """The folder of prepared images, digests and weights: safe to delete, made again when needed.

    The user's cache folder of the operating system, or what ``WARMSTART_CACHE`` names.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else user_cache_path("warmstart", appauthor=False)
