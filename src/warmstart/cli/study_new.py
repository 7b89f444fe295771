"""``warmstart study new``."""

import sys

from warmstart.cli.target_options import (
    GroupColumn,
    Images,
    LabelColumn,
    LabelColumns,
    Labels,
    PathColumn,
    Settings,
    columns_of,
    settings_of,
)


def new(
    images: Images,
    labels: Labels = None,
    path_column: PathColumn = None,
    label_column: LabelColumn = None,
    label_columns: LabelColumns = None,
    group_column: GroupColumn = None,
    settings: Settings = None,
) -> None:
    """Look at images and write a complete, commented study to the standard output."""
    from warmstart.studies.new import new_study

    columns = columns_of(path_column, label_column, label_columns, group_column)
    text = new_study(images, labels=labels, columns=columns, settings=settings_of(settings))
    sys.stdout.buffer.write(text.encode())  # UTF-8 whatever the terminal's code page: it is TOML
    sys.stdout.flush()
