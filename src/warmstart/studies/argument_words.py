"""What is said in the words of a study file or of a command, said in those of Python's arguments.

The command line translates arguments into its options, where it prints an error.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from warmstart.data.prepare import STATE_WINDOW
from warmstart.data.readers import SECTION
from warmstart.data.readers.csv import SET_COMMON_FOLDER, SET_IMAGES
from warmstart.data.readers.folder import WRITE_TABLE
from warmstart.data.readers.medmnist import NAME_CLASSES
from warmstart.data.readers.table import NO_COLUMN
from warmstart.errors import WarmstartError

_NO_LABELS, _NO_PATHS = NO_COLUMN.format("label"), NO_COLUMN.format("path")
_WORDS = {
    STATE_WINDOW: "give its black and white with settings={'window': [0, 4095]}.",
    SET_IMAGES: "Name the folder the paths are relative to, and the table with labels=FILE; if the "
    "paths have no extension, give it with settings={'extension': '.png'}.",
    SET_COMMON_FOLDER: "Name a folder that all images lie under, and the table with labels=FILE.",
    WRITE_TABLE: "write their labels in a CSV file and name it with labels=FILE.",
    _NO_LABELS: f"{_NO_LABELS.removesuffix('.')}; name another with columns['label_column'].",
    _NO_PATHS: f"{_NO_PATHS.removesuffix('.')}; name another with columns['path_column'].",
    NAME_CLASSES: "Name them with settings={'class_names': [...]}.",
    "--skip-unreadable": "skip_unreadable=True",
    "--data-root DIR": "data_root=DIR",
    "--device cuda": "device='cuda'",
    "--device cpu": "device='cpu'",
}


@contextmanager
def argument_words(name: str, *, options: str = "settings") -> Iterator[None]:
    """Let errors about a dataset name arguments of a function.

    Args:
        name: What the dataset is called.
        options: Arguments that options of its reader were given with.

    Raises:
        WarmstartError: Whatever was said, of the same kind.
    """
    try:
        yield
    except WarmstartError as error:
        text = str(error).replace(SECTION.format(name), f"{options}:")
        for said, meant in _WORDS.items():
            text = text.replace(said, meant)
        raise type(error)(text) from error
