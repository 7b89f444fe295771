import numpy as np
import pytest

from warmstart.analysis.answer_sentences import (
    always_sentence,
    bother_sentence,
    evidence_sentence,
    expected_sentence,
)
from warmstart.analysis.bother import Gain
from warmstart.analysis.chosen import Chosen, choose

NAN = float("nan")


def chosen(corrected, low=NAN, high=NAN, candidates=4):
    return Chosen(
        index=0,
        corrected=corrected,
        low=low,
        high=high,
        uncorrected=0.9416,
        per_fold=np.full(5, NAN),
        candidates=candidates,
        reason="",
    )


EXPECTED = {
    "all": (
        chosen(0.9312, 0.9021, 0.9543),
        "Expected AUC 0.931 (95 % interval 0.902 to 0.954), corrected for having chosen among 4; "
        "uncorrected 0.942.",
    ),
    "no interval": (
        chosen(0.9312, candidates=2),
        "Expected AUC 0.931, corrected for having chosen among 2; uncorrected 0.942.",
    ),
    "beyond 1": (
        chosen(0.9912, 0.96, 1.02),
        "Expected AUC 0.991 (95 % interval 0.960 to 1.000), corrected for having chosen among 4; "
        "uncorrected 0.942.",
    ),
    "nothing to choose": (
        chosen(0.9312, 0.9021, 0.9543, candidates=1),
        "Expected AUC 0.931 (95 % interval 0.902 to 0.954).",
    ),
    "one fold": (
        choose(np.array([[0.8, 0.9, 0.7]]), test_share=0.5),
        "The AUC to expect cannot be corrected for having chosen among 3 (no second fold is "
        "complete), so none is given.",
    ),
}


@pytest.mark.parametrize("case", EXPECTED)
def test_what_to_expect(case):
    found, text = EXPECTED[case]
    assert expected_sentence(found, title="AUC") == text


def test_the_metric_has_its_name():
    assert expected_sentence(chosen(0.5, candidates=1), title="accuracy") == (
        "Expected accuracy 0.500."
    )


@pytest.mark.parametrize(
    ("start", "numbers", "text"),
    [
        (
            "photos",
            (0.9212, 0.89, 0.9441),
            "Always imagenet: AUC 0.921 (95 % interval 0.890 to 0.944).",
        ),
        ("photos", (0.9212, NAN, NAN), "Always imagenet: AUC 0.921."),
        ("photos", (NAN, NAN, NAN), ""),
        ("imagenet", (0.9212, NAN, NAN), "Always imagenet comes to the same here."),
    ],
)
def test_always_the_same(start, numbers, text):
    assert always_sentence("imagenet", start, *numbers, title="AUC") == text


def gain(mean, low=NAN, high=NAN, counts=NAN):
    return Gain(mean=mean, low=low, high=high, counts=counts)


BOTHER = {
    "open": (
        (gain(0.618, -0.1, 1.21, 0.707), "always imagenet", 12.0),
        "Expected gain over always imagenet: 0.62 AUC points (95 % interval -0.10 to 1.21), 71 % "
        "chance of more than 0.5, for 12 min of training. Whether that is worth the effort is "
        "open.",
    ),
    "yes": (
        (gain(8.1, 6.0, 10.0, 0.9996), "random initialisation", 130.0),
        "Expected gain over random initialisation: 8.10 AUC points (95 % interval 6.00 to 10.00), "
        "more than 99 % chance of more than 0.5, for 2.2 h of training. That is worth the "
        "effort.",
    ),
    "no": (
        (gain(-0.3, -0.9, 0.301, 0.004), "always imagenet", NAN),
        "Expected gain over always imagenet: -0.30 AUC points (95 % interval -0.90 to 0.30), less "
        "than 1 % chance of more than 0.5. That is hardly worth the effort.",
    ),
    "the same": (
        (gain(0.0, 0.0, 0.0, 0.0), "always imagenet", 12.0),
        "Expected gain over always imagenet: 0.00 AUC points (95 % interval 0.00 to 0.00), less "
        "than 1 % chance of more than 0.5, for 12 min of training. That is hardly worth the "
        "effort.",
    ),
    "one fold": (
        (gain(-0.001), "always imagenet", 12.0),
        "Expected gain over always imagenet: 0.00 AUC points, for 12 min of training.",
    ),
    "nothing": ((gain(NAN), "always imagenet", 12.0), ""),
}


@pytest.mark.parametrize("case", BOTHER)
def test_whether_to_bother(case):
    numbers, text = BOTHER[case]
    assert bother_sentence(*numbers) == text


EVIDENCE = {
    "all": (
        (0.311, 0.1, 0.6),
        {"targets": 11, "always_lost": 0.52},
        "On the atlas this rule lost on average 0.31 AUC points (95 % interval 0.10 to 0.60) on "
        "11 targets it had not seen; always imagenet lost 0.52.",
    ),
    "one target": (
        (0.311, NAN, NAN),
        {"targets": 1},
        "On the atlas this rule lost on average 0.31 AUC points on 1 target it had not seen.",
    ),
    "another source": (
        (0.0, 0.0, 0.0),
        {"targets": 2, "always": "photos", "always_lost": 1.0},
        "On the atlas this rule lost on average 0.00 AUC points (95 % interval 0.00 to 0.00) on "
        "2 targets it had not seen; always photos lost 1.00.",
    ),
    "not judged": (
        (NAN, NAN, NAN),
        {"targets": 0},
        "How much this rule loses is not known: the atlas has no two unrelated targets on which "
        "one of these starting points was compared with others.",
    ),
}


@pytest.mark.parametrize("case", EVIDENCE)
def test_how_the_rule_did(case):
    numbers, more, text = EVIDENCE[case]
    assert evidence_sentence(*numbers, **more) == text
