"""Published tables that are cut off, lack something, or hold something else."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from warmstart.analysis.published import cats_scans, revisiting_transfer
from warmstart.analysis.published.cats_scans_embeddings import DATASETS, INDEX, NAME, embeddings
from warmstart.analysis.published.files import check_rows, read_table
from warmstart.analysis.published.matches import match_table
from warmstart.analysis.published.table import PUBLISHED
from warmstart.errors import DataError

EXPECTED = "Expected subset_index (k,) and one array of numbers (k, d) for each of 8 datasets"


def message(call, *arguments, **named):
    with pytest.raises(DataError) as error:
        call(*arguments, **named)
    return str(error.value)


def test_a_file_that_is_cut_off_is_named(tmp_path):
    path = tmp_path / "runs.csv.gz"
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 500)
    path.write_bytes(whole[: len(whole) // 2])
    assert message(read_table, tmp_path, path.name, text=["a"]) == (
        f"{path} cannot be read as a table: Compressed file ended before the end-of-stream marker "
        "was reached. Fetch it again."
    )
    path.write_bytes(b"a,b\n1,2\n")
    told = message(read_table, tmp_path, path.name, text=["a"])
    assert told == (
        f"{path} cannot be read as a table: Not a gzipped file (b'a,'). Fetch it again."
    )
    path.write_bytes(whole[:10] + b"\xff" * 20)
    assert message(read_table, tmp_path, path.name, text=["a"]) == (
        f"{path} cannot be read as a table: Error -3 while decompressing data: invalid block type. "
        "Fetch it again."
    )
    empty = tmp_path / "t.csv"
    empty.touch()
    assert message(read_table, tmp_path, empty.name, text=["a"]) == (
        f"{empty} cannot be read as a table: No columns to parse from file. Fetch it again."
    )


def test_missing_columns_and_cells_without_a_number_are_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("source,target,x,y\na,b,1,\na,c,2,high\n")
    found = read_table(tmp_path, "t.csv", text=["source", "target"], numbers=["x"])
    assert found["x"].tolist() == [1, 2]
    assert message(read_table, tmp_path, "t.csv", text=["source", "target"]) == (
        f"{path}, line 3, column y: 'high' is no number. Fetch it again."
    )
    assert message(read_table, tmp_path, "t.csv", text=["source"], numbers=["z", "w"]) == (
        f"{path} lacks the columns 'z' and 'w'; it has source, target, x, y. Fetch it again."
    )
    assert message(read_table, tmp_path / "no", "t.csv", "results", text=[]) == (
        f"t.csv is not in {tmp_path / 'no'} or {tmp_path / 'no' / 'results'}; name the folder that "
        "holds it."
    )


def test_rows_that_are_missing_or_there_twice_are_named():
    table = pd.DataFrame({"source": ["a", "a", "b"], "target": ["t", "t", "u"]})
    columns = ["source", "target"]
    check_rows(table, "the table", columns, [("b", "u")])
    assert message(check_rows, table, "the table", columns, [("a", "t"), ("b", "u")]) == (
        "the table repeats a / t; expected 2 rows of source and target, each once and without "
        "empty cells. Fetch it again."
    )
    missing = [(name, "t") for name in "cdefg"]
    assert message(check_rows, table, "the table", columns, missing) == (
        "the table lacks c / t, d / t, e / t and 2 more; expected 5 rows of source and target, "
        "each once and without empty cells. Fetch it again."
    )


@pytest.fixture
def copied(shared, tmp_path):
    """A copy of published tables, without the large ones."""

    def copy(name):
        folder = tmp_path / name
        folder.mkdir()
        for path in sorted((shared / "reference/published" / name).glob("*.csv")):
            shutil.copyfile(path, folder / path.name)
        return folder

    return copy


def without_lines(path: Path, start):
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if not x.startswith(start)), encoding="utf-8")


def whole_study(folder, name="cats-not-cat-scans"):
    return match_table(PUBLISHED[name].matches(folder))


EACH_PAIR = (
    "expected 24 rows of source and target, each once and without empty cells. Fetch it again."
)


def test_pairs_that_are_missing_are_not_left_out_in_silence(copied):
    folder = copied("cats-scans")
    without_lines(folder / "experts_clean.csv", ("isic;textures", "chest;sti10"))
    assert message(whole_study, folder) == (
        f"experts_clean.csv lacks sti10 / chest, textures / isic; {EACH_PAIR}"
    )
    without_lines(folder / "auc_folds_means_std.csv", "isic,isic,")
    assert message(whole_study, folder) == (
        f"auc_folds_means_std.csv lacks isic / isic; {EACH_PAIR}"
    )


def test_a_table_of_two_columns_is_refused(copied):
    folder = copied("cats-scans")
    path = folder / "auc_folds_means_std.csv"
    path.write_text("source,target\nimagenet,isic\n")
    assert message(whole_study, folder) == (
        f"{path} lacks the columns 'fold_1', 'fold_2', 'fold_3', 'fold_4', 'fold_5', 'mean' and "
        "'std'; it has source, target. Fetch it again."
    )


def test_subsets_that_lack_a_pair_are_refused(shared, tmp_path):
    name = "task2vec_distances_100_subsets.csv.gz"
    table = pd.read_csv(shared / "reference/published/cats-scans" / name)
    kept = ~((table["source"] == "kimia") & (table["subset"] == 7))
    table[kept].to_csv(tmp_path / name, index=False)
    assert message(cats_scans.subset_distances, tmp_path) == (
        f"{name}, subset 7, lacks kimia / pcam-middle; {EACH_PAIR}"
    )


def test_runs_that_are_missing_are_named(copied):
    folder = copied("revisiting-transfer")
    without_lines(folder / "AUC.csv", "knee,random,freezeFalse,fold3")
    assert message(whole_study, folder, "revisiting-transfer") == (
        "AUC.csv lacks knee / random / full / 2; expected 175 rows of target, source, arm and "
        "fold, each once and without empty cells. Fetch it again."
    )
    path = folder / "AUC.csv"
    path.write_text("target,source,freeze,fold,AUC\nknee,random,freezeFalse,third,0.5\n")
    assert message(revisiting_transfer.results, folder) == (
        "AUC.csv: fold 'third'; expected fold1, fold2, ... Fetch it again."
    )


def test_scores_and_places_that_are_missing_are_named(copied):
    name = "transferability-in-medical-imaging"
    folder = copied(name)
    path = folder / "lp_dataset.csv"
    table = pd.read_csv(path, index_col=0)
    table[table["source"] != "octmnist"].to_csv(path)
    assert message(whole_study, folder, name) == (
        "lp_dataset.csv lacks scores of candidates that AUCs_dataset.csv has AUCs of. Fetch both "
        "again."
    )
    table.to_csv(path)
    path = folder / "ktau_dataset_rank.csv"
    pd.read_csv(path, sep=";", index_col=0).drop(index=3).to_csv(path, sep=";")
    assert message(whole_study, folder, name) == (
        "ktau_dataset_rank.csv lacks octmnist; expected 11 rows of target, each once and without "
        "empty cells. Fetch it again."
    )


def arrays(**changed):
    made = {name: np.ones((2, 3)) for name in DATASETS} | {INDEX: np.arange(2)}
    return {name: value for name, value in (made | changed).items() if value is not None}


def test_embeddings_are_read_by_dataset_and_subset(tmp_path):
    assert embeddings(tmp_path) is None
    np.savez(tmp_path / NAME, **arrays(chest=np.arange(6.0).reshape(2, 3)))
    found = embeddings(tmp_path)
    assert set(found) == set(DATASETS)
    assert found["chest"][1].tolist() == [3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"chest": np.array([{}, {}], dtype=object)},
            " holds pickled Python objects, which may run code when they are opened, so they are "
            f"not. {EXPECTED}, as numpy.savez writes them.",
        ),
        ({"chest": None, "isic": None}, f" lacks isic, chest. {EXPECTED}."),
        (
            {"chest": np.ones((3, 3))},
            f": chest is of shape (3, 3), for 2 subsets. {EXPECTED}, all of one width.",
        ),
        (
            {"kimia": np.ones((2, 4))},
            f": kimia is of shape (2, 4), for 2 subsets. {EXPECTED}, all of one width.",
        ),
    ],
)
def test_other_embeddings_are_refused(changed, told, tmp_path):
    np.savez(tmp_path / NAME, **arrays(**changed))
    assert message(embeddings, tmp_path) == f"{tmp_path / NAME}{told}"


def test_embeddings_that_are_cut_off_or_a_pickle_are_refused(tmp_path):
    path = tmp_path / NAME
    np.savez(path, **arrays())
    path.write_bytes(path.read_bytes()[:500])
    cut_off = f"{path} is no npz file, or is cut off. {EXPECTED}."
    assert message(embeddings, tmp_path) == cut_off
    path.write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")  # never to be opened
    assert message(embeddings, tmp_path) == cut_off
