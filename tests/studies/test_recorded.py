"""What runs record on the way reaches the study folder."""

import pandas as pd
import pytest

from small_study import study_table, write_images
from warmstart.errors import ConfigError, StoreError
from warmstart.studies.options import Options
from warmstart.studies.recorded import held_out_predictions
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import build_study

RECORDING = {"epochs": 2, "image_size": 16, "batch_size": 4, "record_every": 2}
THRESHOLD = 0.6


def study_of(**protocol):
    table = study_table(finetune=RECORDING)
    table["pretrain"]["record_every"] = 1
    table["protocol"] |= protocol
    return build_study(table)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    write_images(folder / "shapes", ["dark", "bright"])
    write_images(folder / "lesions", ["benign", "malignant"], seed=1)
    run_study(study_of(steps_to_auc=THRESHOLD), Options(base=folder, out=folder / "out"))
    return folder / "out"


def stored(out):
    """The curves of all fine-tunings, by key."""
    runs = pd.read_csv(out / "runs.csv").query("kind == 'finetune'").set_index("key")
    return {key: pd.read_parquet(out / "runs" / key / "curve.parquet") for key in runs.index}


def test_the_figure_holds_the_curve_of_every_fine_tuning(out):
    table = pd.read_csv(out / "figures" / "curves.csv").query("what == 'run'")
    curves = stored(out)
    assert set(table["key"]) == set(curves)
    for key, rows in table.groupby("key"):
        assert rows["step"].tolist() == curves[key]["step"].tolist()
        assert rows["auc"].tolist() == pytest.approx(curves[key]["auc"].tolist())
    assert (out / "figures" / "curves.svg").is_file()
    assert 'id="figure-curves"' in (out / "report.html").read_text("utf-8")


def test_the_steps_are_those_of_the_stored_curves(out):
    table = pd.read_csv(out / "steps.csv")
    runs = pd.read_csv(out / "runs.csv").query("kind == 'finetune'")
    place = ["network", "source", "arm", "target", "seed", "fold"]
    joined = table.merge(runs[[*place, "key"]], on=place, validate="one_to_one")
    assert len(joined) == len(runs) == 4
    for row in joined.to_dict("records"):
        curve = stored(out)[row["key"]]
        reached = curve.loc[curve["auc"] >= THRESHOLD, "step"]
        below = curve.loc[curve["auc"] < THRESHOLD, "step"].max()
        kept = curve.loc[~(curve["step"] <= below), "step"]
        for name, steps in (("crossed", reached), ("stayed", kept)):
            assert (pd.isna(row[name]) and steps.empty) or row[name] == steps.min()
        assert row["measured_to"] == curve["step"].max()


def test_a_threshold_changes_no_run_and_without_one_there_are_no_steps(out):
    done = {path.name: path.stat().st_mtime_ns for path in (out / "runs").iterdir()}
    (out / "steps.csv").unlink()
    written = run_study(study_of(), Options(base=out.parent, out=out))
    assert set(written.runs["state"]) == {"done"}
    assert {path.name: path.stat().st_mtime_ns for path in (out / "runs").iterdir()} == done
    assert not (out / "steps.csv").exists()
    page = (out / "report.html").read_text("utf-8")
    assert 'id="steps"' not in page
    assert 'id="figure-curves"' in page


def test_a_threshold_that_nothing_is_recorded_for_is_refused():
    table = study_table()
    table["protocol"]["steps_to_auc"] = 0.9
    with pytest.raises(ConfigError) as caught:
        build_study(table, where="study.toml")
    assert str(caught.value) == (
        "study.toml: [protocol] steps_to_auc needs record_every in [finetune], or in the finetune "
        "table of a source, target, pair or arm."
    )
    table["arms"] = {"full": {"finetune": {"record_every": 5}}}
    assert build_study(table).protocol.steps_to_auc == 0.9


def test_a_threshold_is_an_auc():
    with pytest.raises(ConfigError) as caught:
        study_of(steps_to_auc=91.0)
    assert (
        str(caught.value)
        == "study: [protocol] steps_to_auc = 91.0: expected less than or equal to 1."
    )


def test_a_run_whose_predictions_are_gone_is_told_in_one_line(tmp_path):
    with pytest.raises(StoreError) as raised:
        held_out_predictions(tmp_path / "abc")
    assert str(raised.value) == (
        f"{tmp_path}/abc/predictions.parquet is gone; put it back, or remove the folder "
        f"{tmp_path}/abc: the run is then done again."
    )
