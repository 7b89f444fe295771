from collections import Counter

from warmstart.demo.study import demo_study
from warmstart.models.weights import Weights
from warmstart.studies.inputs import used_datasets
from warmstart.studies.plan import plan


def test_the_demo_is_the_study_the_readme_describes():
    study = demo_study()
    assert study.networks == ("tf_efficientnet_lite0",)
    assert list(study.sources) == ["imagenet", "photos", "textures"]
    assert study.protocol.folds == 3
    prints = {name: {"dataset": name} for name in study.datasets}
    weights = Weights(digest="d", mean=(0.5,), std=(0.5,), origin="o", licence="l")
    runs = plan(study, prints, {("tf_efficientnet_lite0", "imagenet"): weights})
    assert Counter(run.kind for run in runs) == {"pretrain": 2, "finetune": 4 * 2 * 3}
    assert {run.target for run in runs if run.target} == {"histology", "fundus"}


def test_everything_in_the_demo_is_64_pixels():
    geometries = set().union(*used_datasets(demo_study()).values())
    assert geometries == {(64, "squash")}
