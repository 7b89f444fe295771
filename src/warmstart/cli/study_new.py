"""``warmstart study new``."""

import sys

from warmstart.cli.target_options import (
    GroupColumn,
    Images,
    LabelColumn,
    Labels,
    PathColumn,
    columns_of,
)


def new(
    images: Images,
    labels: Labels = None,
    path_column: PathColumn = None,
    label_column: LabelColumn = None,
    group_column: GroupColumn = None,
) -> None:
    """Look at images and write a complete, commented study to the standard output."""
    from warmstart.studies.new import new_study

    columns = columns_of(path_column, label_column, group_column)
    text = new_study(images, labels=labels, columns=columns)
    sys.stdout.buffer.write(text.encode())  # UTF-8 whatever the terminal's code page: it is TOML
    sys.stdout.flush()
