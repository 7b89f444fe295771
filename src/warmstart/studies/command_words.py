"""What readers say in the words of a study file, said in those of the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

from warmstart.data.prepare import STATE_WINDOW
from warmstart.data.readers import SECTION
from warmstart.data.readers.csv import SET_COMMON_FOLDER, SET_IMAGES
from warmstart.data.readers.folder import WRITE_TABLE
from warmstart.data.readers.medmnist import NAME_CLASSES
from warmstart.data.readers.table import NO_COLUMN
from warmstart.errors import ConfigError, DataError

_NO_LABELS, _NO_PATHS = NO_COLUMN.format("label"), NO_COLUMN.format("path")
_WORDS = {
    STATE_WINDOW: "give its black and white with --set 'window=[0, 4095]'.",
    SET_IMAGES: "Name the folder the paths are relative to, and the table with --labels; if the "
    "paths have no extension, give it with --set extension=.png.",
    SET_COMMON_FOLDER: "Name a folder that all images lie under, and the table with --labels.",
    WRITE_TABLE: "write their labels in a CSV file and name it with --labels.",
    _NO_LABELS: f"{_NO_LABELS.removesuffix('.')}; name another with --label-column.",
    _NO_PATHS: f"{_NO_PATHS.removesuffix('.')}; name another with --path-column.",
    NAME_CLASSES: "Name them with --set 'class_names=[...]'.",
}


@contextmanager
def command_words(name: str) -> Iterator[None]:
    """Let errors about a dataset name options of a command.

    Raises:
        DataError: Whatever was said of the dataset.
        ConfigError: Whatever was said of how it is read.
    """
    try:
        yield
    except (DataError, ConfigError) as error:
        text = str(error).replace(SECTION.format(name), "--set:")
        for said, meant in _WORDS.items():
            text = text.replace(said, meant)
        raise type(error)(text) from error
