"""Where a published table lies: in the folder itself, or where its repository keeps it."""

from pathlib import Path

import pandas as pd

from warmstart.errors import DataError


def path_of(folder: Path, name: str, *places: str) -> Path | None:
    """The file of that name in a folder or one of its sub-folders; none where it is not there."""
    return next(
        (p for p in (folder / name, *(folder / s / name for s in places)) if p.is_file()), None
    )


def read_table(folder: Path, name: str, *places: str, **options: str) -> pd.DataFrame:
    """Read a published CSV file.

    Args:
        folder: What the user named.
        name: The file.
        places: Sub-folders of a clone of the repository that may hold it.
        options: For `pandas.read_csv`.

    Raises:
        DataError: If the file is not there or is no table.
    """
    path = path_of(folder, name, *places)
    if path is None:
        also = "".join(f" or {folder / place}" for place in places)
        raise DataError(f"{name} is not in {folder}{also}; name the folder that holds it.")
    try:
        table: pd.DataFrame = pd.read_csv(path, **options)  # type: ignore[call-overload]
    except (ValueError, OSError) as error:
        raise DataError(f"{path} cannot be read as a table: {error}.") from error
    return table
