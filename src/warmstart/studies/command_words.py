"""What readers say in the words of a study file, said in those of the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

from warmstart.errors import ConfigError, DataError

_WORDS = (
    ("[datasets.{name}] ", "--set: "),
    (
        "write window = [0, 4095], its black and white, beside the reader that lists it.",
        "give its black and white with --set 'window=[0, 4095]'.",
    ),
    (
        "Set images to the folder the paths are relative to, and extension if the paths have none.",
        "Name the folder the paths are relative to, and the table with --labels; if the paths have "
        "no extension, give it with --set extension=.png.",
    ),
    (
        "Set images = ... to a folder that all images lie under.",
        "Name a folder that all images lie under, and the table with --labels.",
    ),
    (
        'write their labels in a CSV file and use reader = "csv".',
        "write their labels in a CSV file and name it with --labels.",
    ),
    ("has no column 'label'.", "has no column 'label'; name another with --label-column."),
    ("has no column 'path'.", "has no column 'path'; name another with --path-column."),
    (
        "Name them with class_names = [...].",
        "Name them with --set 'class_names=[...]'.",
    ),
)


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
        text = str(error)
        for said, meant in _WORDS:
            text = text.replace(said.format(name=name), meant)
        raise type(error)(text) from error
