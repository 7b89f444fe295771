"""What runs kept of their start is measured as CCA is defined, and claims are judged by it."""

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from small_study import study_table, warmstart, write_images, write_study
from warmstart.embed.activations import activations
from warmstart.embed.probe import make_probe
from warmstart.errors import ConfigError
from warmstart.models.stages import stages
from warmstart.studies.comparing import read_checkpoint
from warmstart.studies.kept import CHANNELS, PLACES, kept_of, measure_kept
from warmstart.studies.listener import Silent
from warmstart.studies.material import sample_of
from warmstart.studies.one_dataset import read_one
from warmstart.studies.options import Options
from warmstart.studies.run_starts import write_start
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import build_study, read_study

NETWORK = "test_efficientnet"
CLAIM = {
    "says": "Shapes stay",
    "number": "kept",
    "compare": {"source": "still"},
    "to": {"source": "random"},
}


def canonical_correlations(a, b):
    """By definition: singular values of Saa^-1/2 Sab Sbb^-1/2."""
    a, b = a - a.mean(0), b - b.mean(0)

    def root(s):
        values, turn = np.linalg.eigh(s)
        return turn @ np.diag(values**-0.5) @ turn.T

    return np.linalg.svd(root(a.T @ a) @ (a.T @ b) @ root(b.T @ b), compute_uv=False)


@pytest.mark.parametrize("channels", [1, 7, CHANNELS])
def test_all_channels_of_a_narrow_stage_are_compared(channels):
    rng = np.random.default_rng(channels)
    before = rng.normal(size=(1000, channels))
    after = before + 0.5 * rng.normal(size=before.shape)
    kept, unrelated = kept_of(before, after)
    assert kept == pytest.approx(canonical_correlations(before, after).mean())
    assert unrelated < 0.35 < kept


def test_of_a_wide_stage_as_many_channels_are_drawn_as_rows_allow():
    """A wide stage is compared by sets of 64 channels, a few rows by fewer: chance stays small."""
    rng = np.random.default_rng(0)
    before = rng.normal(size=(20_000, 200)).astype(np.float32)
    assert kept_of(before, -2 * before) == pytest.approx((1, np.sqrt(64 / 20_000)), abs=0.01)
    kept, unrelated = kept_of(before[:100], before[:100] + 0.1)
    assert kept == pytest.approx(1, abs=1e-5)
    assert unrelated < 0.45  # of 10 channels; 64 of 100 rows would have 0.8


def test_a_stage_that_never_answers_is_nan():
    assert np.isnan(kept_of(np.zeros((100, 3)), np.ones((100, 3)))).all()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of three folds: a source that learns almost nothing, and random weights."""
    folder = tmp_path_factory.mktemp("kept")
    write_images(folder / "shapes", ("round", "square", "star"), seed=1)
    write_images(folder / "lesions", ("benign", "malignant"), seed=2)
    still = {"learning_rate": 1e-9, "freeze_batch_norm": True}
    write_study(
        folder,
        sources={
            "still": {"start": "dataset:shapes", "finetune": still},
            "random": {"finetune": {"epochs": 2, "learning_rate": 0.01}},
            "other": {"start": "dataset:shapes"},
        },
        protocol={"folds": 3, "threads": 1},
        claims={"stay": CLAIM},
    )
    run_study(read_study(folder / "study.toml"), options(folder))
    return folder


def options(folder):
    return Options(base=folder, out=folder / "out", cache=folder / "cache", device="cpu")


@pytest.fixture(scope="module")
def table(folder):
    return measure_kept(read_study(folder / "study.toml"), options(folder), Silent(), most=24)


def test_the_runs_that_claims_compare_are_measured_stage_by_stage(folder, table):
    assert set(table["source"]) == {"still", "random"}
    names = [stage.name for stage in stages(NETWORK)]
    for _, run in table.groupby(["source", "fold"]):
        assert run["stage"].tolist() == names
    assert table.groupby("source")["fold"].nunique().to_dict() == {"still": 3, "random": 3}
    written = pd.read_csv(folder / "out" / "kept.csv")
    pd.testing.assert_frame_equal(written, table)


def test_what_hardly_trained_kept_its_start_and_what_trained_did_not(table):
    means = table.groupby("source")["kept"].mean()
    assert means["still"] == pytest.approx(1, abs=1e-3)
    assert means["random"] < 0.999
    assert table["kept"].between(0, 1).all()


def test_a_row_is_the_comparison_of_the_checkpoint_with_its_start(folder, table):
    runs = pd.read_csv(folder / "out" / "runs.csv")
    own = runs[(runs["source"] == "random") & (runs["fold"] == 1)]
    run = folder / "out" / "runs" / own["key"].item()
    write_start(run, folder / "cache")
    end, began = read_checkpoint(run), load_file(run / "start" / "model.safetensors")
    start = make_probe(NETWORK, began, mean=end.probe.mean, std=end.probe.std)
    dataset = read_one("folder", folder / "lesions")
    sample = sample_of(dataset, size=16, fit="squash", most=24, cache=folder / "cache")
    before, after = (activations(p, sample.images, places=PLACES) for p in (start, end.probe))
    found = table[(table["source"] == "random") & (table["fold"] == 1)].set_index("stage")
    for stage, maps in before.items():
        expected = kept_of(maps, after[stage])
        assert found.loc[stage, ["kept", "unrelated"]].tolist() == pytest.approx(expected)


def test_the_report_judges_claims_by_what_was_measured_since(folder, table):
    def why():
        found = pd.read_csv(folder / "out" / "claims.csv").set_index("claim")
        return found.loc["stay", ["verdict", "why"]].tolist()

    (folder / "out" / "kept.csv").unlink()
    warmstart("study", "report", folder / "out")
    assert why() == [
        "undecided",
        "1 of 1 comparison: still to random on lesions (not in kept.csv; `warmstart measures kept "
        "STUDY.toml` writes it)",
    ]
    table.to_csv(folder / "out" / "kept.csv", index=False)
    run_study(read_study(folder / "study.toml"), options(folder))  # nothing is to be trained
    verdict, text = why()
    d = (
        table.groupby(["source", "fold"])["kept"].mean().unstack("source")
        .pipe(lambda one: one["still"] - one["random"])
    )  # fmt: skip
    assert verdict == "holds"
    assert text.startswith(f"in 1 comparison: still to random on lesions {d.mean():+.3f} [")


def test_the_report_shows_what_measures_said_and_says_why_it_cannot(folder):
    out = folder / "out"
    text = "source,target,measure,value\nstill,lesions,logme,1\nrandom,lesions,logme,2\n"
    (out / "measures.csv").write_text(text)
    warmstart("study", "report", out)
    points = pd.read_csv(out / "figures" / "transfer.csv").set_index("source")
    gains = pd.read_csv(out / "summary.csv").set_index("source")["transferability"]
    assert points["value"].to_dict() == {"still": 1, "random": 2}
    assert points.loc["still", "gain"] == pytest.approx(gains["still"])
    assert points.loc["random", "gain"] == 0
    assert 'id="figure-transfer"' in (out / "report.html").read_text()

    (out / "measures.csv").write_text(text.replace("logme", "ours"))
    warmstart("study", "report", out)
    page = (out / "report.html").read_text()
    assert 'id="figure-transfer"' not in page
    assert "What measures said is not shown: measures.csv: " in page
    (out / "measures.csv").unlink()


def test_the_command_prints_means_and_names_the_table(folder):
    study, out = folder / "study.toml", folder / "out"
    output, _ = warmstart("measures", "kept", study, "--out", out, "--images", "24")
    lines = output.splitlines()
    assert lines[0].split() == ["kept", "unrelated"]
    assert lines[-1] == f"Kept: {out / 'kept.csv'}; `warmstart study report` judges claims by it"


def test_without_a_claim_every_finished_fine_tuning_is_measured(folder):
    table = {k: v for k, v in study_table().items() if k != "claims"}
    study = build_study(
        table
        | {
            "protocol": {"folds": 3, "threads": 1},
            "sources": {"other": {"start": "dataset:shapes"}},
        }
    )
    found = measure_kept(study, options(folder), Silent(), most=24)
    assert set(found["source"]) == {"other"}  # `random` has another recipe here: it is not done


def test_before_anything_is_trained_the_command_says_what_to_do(folder, tmp_path):
    made = Options(base=folder, out=tmp_path, cache=folder / "cache", device="cpu")
    with pytest.raises(ConfigError) as raised:
        measure_kept(read_study(folder / "study.toml"), made, Silent())
    assert str(raised.value) == (
        f"No run to be measured is done in {tmp_path}; `warmstart study run` trains them."
    )
