from dataclasses import dataclass

from warmstart.studies.failures import MOST_NAMES, failure_lines


@dataclass(frozen=True, kw_only=True)
class Run:
    key: str
    kind: str = "finetune"
    network: str = "resnet18"
    source: str = "photos"
    arm: str = "full"
    target: str = "lesions"
    seed: int = 0
    fold: int = 0
    tuned: str = ""


def test_failed_runs_are_named_below_each_reason_by_what_is_not_the_same_for_all():
    runs = [
        Run(key="a", kind="pretrain", arm="", target=""),
        Run(key="b"),
        Run(key="c", fold=1, arm="few", tuned="learning_rate=0.1"),
        Run(key="d", network="cbr_tiny"),
    ]
    assert list(failure_lines(runs, {"a": "no memory", "b": "x", "c": "x"})) == [
        "1 failed: no memory",
        "  pretrain photos, network resnet18",
        "2 failed: x",
        "  photos -> lesions, network resnet18, arm full, fold 1; "
        "photos -> lesions, network resnet18, arm few, fold 2 (learning_rate=0.1)",
    ]


def test_of_many_failed_runs_the_first_are_named():
    runs = [Run(key=str(fold), fold=fold) for fold in range(MOST_NAMES + 5)]
    reason, names = failure_lines(runs, {run.key: "no memory" for run in runs})
    assert reason == "15 failed: no memory"
    assert names.split("; ")[0].strip() == "photos -> lesions, fold 1"
    assert names.split("; ")[-2:] == ["photos -> lesions, fold 10", "5 more"]


def test_nothing_failed_says_nothing():
    assert list(failure_lines([Run(key="a")], {})) == []
