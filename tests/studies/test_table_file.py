"""Tables as other groups save them, and what is no table."""

import gzip
import pickle

import pandas as pd
import pytest

from small_study import warmstart
from warmstart.errors import DataError
from warmstart.studies.table_file import read_table_file

TABLE = "source,target,fold,value\nimagenet,NA,0,0.9013\nbäume,skin,1,\n"
DAMAGED = "is damaged (Compressed file ended before the end-of-stream marker was reached); copy "


def refusal(path):
    with pytest.raises(DataError) as error:
        read_table_file(path)
    assert str(error.value).startswith(f"{path} ")
    return str(error.value).removeprefix(f"{path} ")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("comma.csv", TABLE),
        ("marked.csv", f"\ufeff{TABLE}"),
        ("tab.csv", TABLE.replace(",", "\t")),
        ("semicolon.csv", TABLE.replace(",", ";")),
        ("decimal.csv", TABLE.replace(",", ";").replace("0.9", "0,9")),
        ("quoted.csv", TABLE.replace(",", ";").replace("source;target", '"source";"target"')),
    ],
)
def test_cells_are_separated_by_what_the_header_shows(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    for path in (tmp_path / name, tmp_path / f"{name}.gz"):
        table = read_table_file(path)
        assert list(table) == ["source", "target", "fold", "value"]
        assert table["source"].tolist() == ["imagenet", "bäume"]
        assert table["target"].tolist() == ["NA", "skin"]
        assert table["fold"].tolist() == [0, 1]
        assert pd.to_numeric(table["value"]).fillna(-1).tolist() == [0.9013, -1]


def test_parquet_is_read(tmp_path):
    table = pd.DataFrame({"source": ["a"], "value": [0.5]})
    table.to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(read_table_file(tmp_path / "t.parquet"), table)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; a line of column names and a row for each value were expected."),
        (b"\n\n", "is empty; a line of column names and a row for each value were expected."),
        (
            "source\nbäume\n".encode("latin-1"),
            "is not UTF-8 text (invalid continuation byte); save the table as CSV in UTF-8.",
        ),
        (
            TABLE.encode("utf-16"),
            "is not UTF-8 text (invalid start byte); save the table as CSV in UTF-8.",
        ),
        (
            pickle.dumps([0.5]),
            "is not UTF-8 text (invalid start byte); save the table as CSV in UTF-8.",
        ),
        (b"a\0b\n1\n", "holds NUL characters; save the table as CSV in UTF-8."),
        (
            b"source,value\na,0,9\n",
            "has more cells in a row than columns; quote cells that hold ',', and end no row with "
            "it.",
        ),
        (
            b"source,value\na,1\nb,0,9\n",
            "cannot be read as a table: Expected 2 fields in line 3, saw 3. CSV or Parquet was "
            "expected.",
        ),
        (
            b'source,value\n"a,1\n',
            "cannot be read as a table: EOF inside string starting at row 1. CSV or Parquet was "
            "expected.",
        ),
    ],
)
def test_what_is_no_csv_is_named(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content)
    assert refusal(tmp_path / "t.csv") == message


def test_a_truncated_file_is_named_also_in_a_terminal(tmp_path):
    whole, path = gzip.compress(TABLE.encode()), tmp_path / "t.csv.gz"
    for length in (len(whole) // 2, len(whole) - 4):
        path.write_bytes(whole[:length])
        assert refusal(path) == f"{DAMAGED}or download it again."
    path.write_bytes(TABLE.encode())
    assert refusal(path) == "is damaged (Not a gzipped file (b'so')); copy or download it again."
    path.write_bytes(whole[:-4])
    output, messages = warmstart("evidence", path, code=2)
    assert output == ""
    assert messages == f"warmstart: {path} {DAMAGED}or download it again.\n"


def test_a_folder_nothing_and_what_is_no_parquet_are_named(tmp_path):
    assert refusal(tmp_path) == "is a folder; name a CSV or Parquet file in it."
    assert refusal(tmp_path / "no.csv") == (
        "does not exist; name a CSV or Parquet file, or a study folder."
    )
    (tmp_path / "t.parquet").write_text(TABLE)
    assert refusal(tmp_path / "t.parquet").startswith("cannot be read as a table: ")
    assert refusal(tmp_path / "t.parquet").endswith(" CSV or Parquet was expected.")
