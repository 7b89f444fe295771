"""Evidence from files and study folders, and published studies, as commands."""

import re
from pathlib import Path

import pandas as pd
import pytest
import tomli_w

from made_tables import made_measures, made_results
from small_study import study_table, warmstart
from warmstart.errors import DataError, UnknownNameError
from warmstart.studies.evidence import make_evidence, read_tables, write_evidence
from warmstart.studies.reproduce import reproduce


@pytest.fixture
def files(tmp_path):
    results = made_results(noise=0.01)
    results.assign(value=100 * results["value"]).to_csv(tmp_path / "results.csv", index=False)
    made_measures(results, 0.01).to_parquet(tmp_path / "measures.parquet")
    return tmp_path


def pairs(found, measure):
    table = found.agreement
    own = (table["measure"] == measure) & (table["scope"] == "within")
    return int(table.loc[own, "pairs"].iloc[0])


def test_two_tables_become_a_table_figures_and_files(files):
    output, messages = warmstart(
        "evidence", files / "results.csv", "--measures", files / "measures.parquet",
        "--resamples", 100, "--out", files / "out",
    )  # fmt: skip
    assert messages == ""
    assert "Note: results.csv: auc reaches 9" in output
    assert ", so it is read as percent." in output
    assert output.splitlines()[-1] == f"Tables and figures: {files / 'out'}"
    names = {path.name for path in (files / "out").iterdir()}
    assert {"agreement.csv", "per-target.csv", "transfer.svg", "critical-difference.csv"} <= names
    table = pd.read_csv(files / "out/agreement.csv")
    assert set(table["kind"]) == {"measure", "baseline", "ceiling"}


def test_the_example_of_the_documentation_prints_what_it_shows(tmp_path):
    page = (Path(__file__).resolve().parents[2] / "docs/evidence.md").read_text("utf-8")
    blocks = re.findall(r"```(csv|text)\n(.*?)```", page, re.DOTALL)
    assert [kind for kind, _ in blocks] == ["csv", "csv", "text"]
    for name, (_, text) in zip(("results.csv", "measures.csv"), blocks, strict=False):
        (tmp_path / name).write_text(text)
    output, _ = warmstart(
        "evidence", "results.csv", "--measures", "measures.csv", "--out", "evidence", cwd=tmp_path
    )
    assert output == blocks[2][1]


def test_a_folder_is_read_with_its_measures(files):
    found, question = make_evidence(files, resamples=100)
    assert question.metric == "auc"
    assert pairs(found, "good") == 48
    (files / "measures.parquet").unlink()
    found, _ = make_evidence(files, resamples=100)
    assert found.notes[-1] == "There are no measures: only what costs nothing is judged."


def test_a_study_says_what_is_asked_and_which_sources_are_the_target(tmp_path):
    table = study_table(
        targets={"skin": {"dataset": "lesions"}, "forms": {"dataset": "shapes"}},
        sources={"shapes": {"start": "dataset:shapes"}, "noise": {"start": "random"}},
    )
    table["protocol"]["baseline_per"] = "fold"
    table["datasets"]["few"] = {"derive": "lesions", "subset": {"n": 8}}
    table["targets"]["few"] = {"dataset": "few"}
    (tmp_path / "study.toml").write_text(tomli_w.dumps(table))
    rows = [
        ("test_efficientnet", source, "full", target, 0, fold, "", metric, value + fold / 100, 8, 4)
        for source, value in (("shapes", 0.8), ("noise", 0.7), ("random", 0.6))
        for target in ("skin", "forms", "few")
        for fold in (0, 1)
        for metric in ("auc_weighted_ovr", "accuracy")
    ]
    columns = ["network", "source", "arm", "target", "seed", "fold", "label", "metric", "value"]
    frame = pd.DataFrame(rows, columns=[*columns, "n_train", "n_test"])
    frame.to_csv(tmp_path / "results.csv", index=False)
    tables = read_tables(tmp_path, None)
    shared = tables.results.table
    shared = shared.loc[shared["shares_images"], ["source", "target"]].drop_duplicates()
    assert shared.to_numpy().tolist() == [["shapes", "forms"]]
    found, question = make_evidence(tmp_path, resamples=100)
    assert (question.metric, question.baseline_per) == ("auc_weighted_ovr", "fold")
    assert set(found.per_target["target"]) == {"skin", "few"}
    assert found.agreement["targets_low"].isna().all()  # both are of one origin
    assert (
        "With one target, or relatives only, there is no experience with others: no prior."
        in found.notes
    )
    assert found.comparisons["reason"].isin(["best", "too few folds (2)"]).all()
    write_evidence(found, question, tmp_path / "out")


def test_a_dataset_called_na_is_one(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("source,target,value\nNA,t,0.8\nb,t,0.7\nc,t,\n")
    table = read_tables(path, None).results.table
    assert table["source"].tolist() == ["NA", "b", "c"]
    assert table["value"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere.csv", "{}/nowhere.csv does not exist; name a CSV or Parquet file, or a study "
         "folder."),
        (".", "{}/. holds no results.parquet or results.csv; name a study folder or a table."),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(tmp_path, place, message):
    with pytest.raises(DataError) as error:
        make_evidence(tmp_path / place)
    assert str(error.value).replace("/. ", " ") == message.format(tmp_path).replace("/. ", " ")


def test_an_unknown_published_study(tmp_path):
    with pytest.raises(UnknownNameError) as error:
        reproduce("parcs", tmp_path)
    assert str(error.value) == (
        "Unknown published study 'parcs'. Did you mean 'parc'? Known: cats-not-cat-scans, parc, "
        "revisiting-transfer, transferability-in-medical-imaging."
    )
    with pytest.raises(DataError) as error:
        reproduce("parc", tmp_path / "none")
    assert str(error.value) == (
        f"--from {tmp_path / 'none'} is no folder. The tables of parc: "
        "https://github.com/dbolya/parc"
    )


def test_published_studies_are_listed_and_computed_again(shared, tmp_path):
    output, _ = warmstart("reproduce")
    assert output.startswith("cats-not-cat-scans: ")
    folder = shared / "reference/published/cats-scans"
    output, _ = warmstart(
        "reproduce", "cats-not-cat-scans", "--from", folder, "--out", tmp_path / "m.csv"
    )
    assert "76 of 76 published numbers agree." in output
    assert len(pd.read_csv(tmp_path / "m.csv")) == 110
