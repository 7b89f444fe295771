import numpy as np
import pytest

from warmstart.errors import ConfigError, DataError, UnknownNameError
from warmstart.measures import MEASURES, Measure, panel
from warmstart.measures.invariance import made_up

SCORES = [measure for measure in MEASURES.values() if measure.kind == "score"]


@pytest.fixture
def data():
    return made_up(4, n=120)


def test_values_are_those_of_the_functions(data):
    found = panel(data.features, data.labels, data.probabilities)
    assert list(found) == [score.name for score in SCORES]
    for score in SCORES:
        alone = score.compute(*(data.argument(need) for need in score.needs))
        assert found[score.name] == pytest.approx(alone, rel=1e-12)


def test_the_same_with_several_labels_per_image(data):
    several = np.column_stack([data.labels == 0, data.labels == 2])
    found = panel(data.features, several, data.probabilities)
    for score in SCORES:
        arrays = {"features": data.features, "labels": several}
        arrays["source_probabilities"] = data.probabilities
        alone = score.compute(*(arrays[need] for need in score.needs))
        assert found[score.name] == pytest.approx(alone, rel=1e-12)


def test_without_probabilities_leep_and_nce_are_left_out(data):
    assert not {"leep", "nce"} & set(panel(data.features, data.labels))
    with pytest.raises(ConfigError) as error:
        panel(data.features, data.labels, only=["leep"])
    assert str(error.value) == "leep needs source_probabilities, which panel was not given."


def test_scores_that_the_images_do_not_allow_are_left_out_unless_asked_for(rng):
    x = rng.normal(size=(6, 4))
    found = panel(x, range(6))
    assert "logme" in found
    assert not {"parc", "lda", "sfda", "nleep", "linear_probe"} & set(found)
    with pytest.raises(DataError, match="no two images are of one class"):
        panel(x, range(6), only=["logme", "parc"])


def test_groups_reach_the_linear_probe(data):
    groups = np.arange(120) // 6
    found = panel(data.features, data.labels, groups=groups, only=["linear_probe"])
    probe = MEASURES["linear_probe"].compute
    assert found["linear_probe"] == probe(data.features, data.labels, groups=groups)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": np.full((120, 2), np.nan)}, "features row 0 holds NaN or inf"),
        ({"labels": [0, 1]}, "labels are of 2 images and features of 120"),
        ({"source_probabilities": np.ones((120, 2))}, "source_probabilities row 0 sums to 2"),
        ({"source_probabilities": np.ones((3, 1))}, "source_probabilities are of 3 images"),
        ({"groups": [1]}, "groups are of 1 images"),
    ],
)
def test_wrong_arrays_are_errors_not_left_out(data, change, message):
    arrays = {"features": data.features, "labels": data.labels, **change}
    with pytest.raises(DataError, match=message):
        panel(**arrays)


def test_an_unknown_score_names_the_nearest(data):
    with pytest.raises(UnknownNameError, match=r"^Unknown score 'logm'\. Did you mean 'logme'\?"):
        panel(data.features, data.labels, only=["logm"])


def test_a_score_of_another_package_is_computed_too(data, monkeypatch):
    mean = Measure(
        name="mean",
        title="mean",
        kind="score",
        function="numpy:mean",
        needs=("features",),
        higher_is_better=True,
        formula="mean",
        range="any",
        reference="none",
        misleads="always",
        cost="none",
    )
    monkeypatch.setitem(panel.__globals__, "known_measures", lambda: ({"mean": mean}, []))
    assert panel(data.features, data.labels) == {"mean": data.features.mean()}
