import numpy as np
import pandas as pd
import pytest

from warmstart.analysis.published import medical_transferability as published
from warmstart.errors import DataError


@pytest.fixture
def tables(shared):
    return shared / "reference/published/transferability-in-medical-imaging"


@pytest.mark.parametrize(("side", "networks", "sources"), [("dataset", 1, 15), ("model", 9, 1)])
def test_every_published_cell_has_a_row_and_no_other(tables, side, networks, sources):
    table = published.results(tables, side)
    raw = pd.read_csv(tables / f"AUCs_{side}.csv", index_col=0).set_index("source")
    assert table["network"].nunique() == networks
    assert table["source"].nunique() == sources
    assert len(table) == int(raw.notna().sum().sum())
    assert table["value"].between(0.5, 1).all()


def test_percent_and_shares_agree_where_both_tables_hold_a_cell(tables):
    one, other = (published.results(tables, side) for side in ("dataset", "model"))
    both = one.merge(other, on=["network", "source", "target"])
    assert len(both) == 11
    assert both["value_x"].to_numpy() == pytest.approx(both["value_y"].to_numpy(), abs=1e-12)


def test_scores_are_those_of_the_files(tables):
    table = published.scores(tables).set_index(["measure", "source", "target"])["value"]
    raw = pd.read_csv(tables / "lp_dataset.csv", index_col=0).set_index("source")
    assert table["lp"].unstack().loc[raw.index, raw.columns].equals(raw)
    assert set(published.scores(tables)["measure"]) == set(published.MEASURES)


def test_the_setting_is_chosen_by_validation_and_scored_by_test(tables):
    runs = published.runs(tables)
    pair = runs[(runs["source"] == "imagenet") & (runs["target"] == "retinamnist")]
    means = {
        setting: (own["validation_auc"].mean(), sorted(own["auc"]))
        for setting, own in pair.groupby(["learning_rate", "batch_size"])
    }
    best = max(means.values(), key=lambda both: both[0])[1]
    told = published.at_validated_settings(pair)
    assert sorted(told["value"]) == best
    assert len(told) == 10
    assert np.mean(best) == pytest.approx(0.8496, abs=5e-5)


def test_repeats_are_numbered_within_a_setting(tables):
    runs = published.runs(tables)
    assert not runs.duplicated([*published.SETTINGS, "source", "target", "repeat"]).any()
    assert runs["repeat"].max() == 9
    assert len(runs) == 20_157


def test_wrong_tables_are_named(tmp_path):
    with pytest.raises(DataError) as error:
        published.results(tmp_path)
    assert str(error.value) == (
        f"AUCs_dataset.csv is not in {tmp_path} or {tmp_path / 'results'}; "
        "name the folder that holds it."
    )
    path = tmp_path / "AUCs_dataset.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError) as error:
        published.results(tmp_path)
    assert str(error.value) == f"{path} lacks the column 'source'; it has a, b. Fetch it again."
    path.write_text("source,t\nimagenet,high\n")
    with pytest.raises(DataError) as error:
        published.results(tmp_path)
    assert str(error.value) == f"{path}, line 2, column t: 'high' is no number. Fetch it again."
