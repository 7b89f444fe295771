"""The page of a recommendation: complete, self-contained, and deaf to hostile names."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from page_elements import HOSTILE, Elements
from warmstart.analysis.assessment import assess
from warmstart.analysis.predictions import Predictions
from warmstart.reports.answer_contents import AnswerContents
from warmstart.reports.answer_page import render_answer

NAN = float("nan")
STARTS = ("imagenet with resnet18", "random with cbr_tiny")


def ranking(**changes):
    row = {
        "start": STARTS[0], "verdict": "start", "auc": 0.8211, "low": 0.7, "high": 0.9,
        "trainings": "3 whole", "predicted": 1.5, "predicted_low": -2.0, "predicted_high": 5.0,
        "best": 0.75, "within": 0.8, "knn": 0.83, "linear_probe": 0.9, "gflop": 0.14,
        "licence": "Apache-2.0",
    }  # fmt: skip
    untold = dict.fromkeys(["auc", "low", "high", "predicted", "predicted_low", "predicted_high"])
    second = row | dict.fromkeys(untold, NAN) | {"start": STARTS[1], "within": NAN, "trainings": ""}
    return pd.DataFrame([row | changes, second | changes])


def trainings():
    row = {
        "start": STARTS[0], "training": "whole", "fold": 0, "epochs": 3, "value": 0.8,
        "low": 0.7, "high": 0.9, "n_train": 100, "n_test": 50, "seconds": 20.0, "failed": "",
    }  # fmt: skip
    lost = dict.fromkeys(["value", "low", "high", "n_train", "n_test", "seconds"], NAN)
    return pd.DataFrame([row, row | lost | {"fold": 1, "failed": "the loss became NaN"}])


def made(**changes):
    rng = np.random.default_rng(0)
    part = Predictions(np.arange(80).astype(str), np.arange(80) % 2, rng.dirichlet(np.ones(2), 80))
    fields = {
        "target": "lesions",
        "created": "2026-01-01",
        "score": "AUC",
        "sentences": ("Start from imagenet.", "Expected AUC 0.800."),
        "ranking": ranking(),
        "missing": pd.DataFrame([("x with y", "a download")], columns=["start", "would need"]),
        "facts": ("80 images.",),
        "notes": ("copies",),
        "leaks": 2,
        "leak_pictures": [("a and b", b"\x89PNG")],
        "trainings": trainings(),
        "assessment": assess([part], ("no", "yes")),
        "opening": 'import timm\nmodel = timm.create_model("resnet18")\n',
        "about": ("Trained on 40 images.",),
        "record": ("On 3 targets it was right.",),
        "judged": pd.DataFrame(
            [("regret", "the rule", 0.5, 0.1, 0.9)],
            columns=["quantity", "way to choose", "mean", "low", "high"],
        ),
        "weights": pd.DataFrame([("experience", 0.9)], columns=["speaks for a start", "weight"]),
        "methods": "Starting points were compared.",
        "versions": {"timm": "1.0"},
    }
    return AnswerContents(**(fields | changes))


def nothing_trained():
    return made(
        assessment=None,
        opening="",
        about=(),
        trainings=trainings().iloc[:0],
        missing=made().missing.iloc[:0],
        notes=(),
        leaks=0,
        leak_pictures=(),
        record=(),
        judged=made().judged.iloc[:0],
    )


@pytest.fixture(scope="module")
def page():
    return render_answer(made())


def test_nothing_is_loaded_from_outside(page):
    for tag, attributes in Elements(page).found:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            value = attributes.get(name) or ""
            assert value.startswith(("data:", "#")) or not value, (tag, name, value[:80])
    assert "default-src 'none'" in page


def test_the_answer_comes_first_then_what_it_rests_on(page):
    ids = re.findall(r'<section id="(\w+)"', page)
    assert ids == ["answer", "target", "model", "trainings", "evidence", "methods"]
    answer = page[page.index('id="answer"') : page.index('id="target"')]
    assert "Start from imagenet." in answer
    assert "0.821\xa0[0.700,\xa00.900]" in answer
    assert "+1.5\xa0[\N{MINUS SIGN}2.0,\xa0+5.0]" in answer
    assert "x with y" in answer


def test_everything_is_there(page):
    for text in (
        *("80 images.", "copies", "a and b", "Trained on 40 images.", "the loss became NaN"),
        *("On 3 targets it was right.", "0.500\xa0[0.100,\xa00.900]", "experience"),
        *("Starting points were compared.", "timm 1.0", "model = timm.create_model(&#34;resnet18"),
        *('id="figure-roc"', 'id="figure-calibration"', "2 pairs of images show", "1 of them:"),
    ):
        assert text in page, text


def test_a_page_without_trainings_says_so():
    page = render_answer(nothing_trained())
    assert "Nothing was trained: the answer is a prediction." in page
    assert "There is none: no whole training of the start is done." in page
    assert "How often this rule is right is not known" in page
    for absent in ("What could not be looked at", "The same picture twice", "Load it", "<figure"):
        assert absent not in page
    assert "nan" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL).lower()


def test_hostile_names_do_not_become_elements(page):
    rng = np.random.default_rng(0)
    part = Predictions(np.arange(80).astype(str), np.arange(80) % 2, rng.dirichlet([1, 1], 80))
    names = {STARTS[0]: HOSTILE, "x with y": HOSTILE, "the rule": HOSTILE, "experience": HOSTILE}
    names |= {"the loss became NaN": HOSTILE, "Apache-2.0": HOSTILE, "start": HOSTILE}
    base = made()
    tables = ("ranking", "missing", "trainings", "judged", "weights")
    hostile = replace(
        base,
        **{name: getattr(base, name).replace(names) for name in tables},
        target=HOSTILE,
        sentences=(HOSTILE,),
        facts=(HOSTILE,),
        notes=(HOSTILE,),
        leak_pictures=[(HOSTILE, b"\x89PNG")],
        assessment=assess([part], ("no", HOSTILE)),
        opening=HOSTILE,
        about=(HOSTILE,),
        record=(HOSTILE,),
        methods=HOSTILE,
        versions={HOSTILE: HOSTILE},
        score=HOSTILE,
    )
    found, ours = Elements(render_answer(hostile)), Elements(page)
    for tag in ("script", "iframe", "style", "img"):
        count = [[t for t, _ in e.found].count(tag) for e in (found, ours)]
        assert count[0] == count[1]
    for _, attributes in found.found:
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("src") != "x"
