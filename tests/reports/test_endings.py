import pandas as pd
import pytest

from warmstart.reports.endings import MOST_UNCONVERGED, endings, trouble, unconverged_counts


def ended(*flags, failed=0):
    rows = [
        {"source": "photos", "target": f"t{i % 2}" if i else "", "state": "done", "converged": flag}
        for i, flag in enumerate(flags)
    ]
    rows += [{"source": "photos", "target": "t0", "state": "failed", "converged": pd.NA}] * failed
    cell = {"kind": "finetune", "network": "net", "arm": "full", "seed": 0, "fold": 0, "epochs": 9}
    columns = ["source", "target", "state", "converged"]
    return pd.DataFrame(rows, columns=columns).assign(**cell, reason="")


@pytest.mark.parametrize("kind", [object, "boolean"])
@pytest.mark.parametrize(
    ("flags", "failed", "text"),
    [
        ([], 0, "No run failed, and none has finished."),
        ([], 2, "2 runs failed, and none has finished."),
        ([True], 0, "No run failed. 1 of 1 finished run converged."),
        (
            [pd.NA] * 2,
            0,
            "No run failed. 0 of 2 finished runs converged, 2 had too few epochs to say.",
        ),
        (
            [True, True, False, pd.NA],
            1,
            "1 run failed. 2 of 4 finished runs converged, 1 did not, 1 had too few epochs to say.",
        ),
    ],
)
def test_endings_are_counted_and_the_unknown_are_not_said_to_have_converged(
    kind, flags, failed, text
):
    runs = ended(*flags, failed=failed)
    assert endings(runs.astype({"converged": kind})) == text


def test_few_unconverged_runs_are_listed_and_many_are_counted():
    few = ended(*[False] * MOST_UNCONVERGED, True, pd.NA)
    assert trouble(few)["Not converged (12)"].count("<tr>") == 1 + MOST_UNCONVERGED
    many = ended(*[False] * (MOST_UNCONVERGED + 1), True, pd.NA)
    assert trouble(many)["Not converged (13)"].count("<tr>") == 1 + 3
    assert unconverged_counts(many).to_dict("list") == {
        "source": ["photos"] * 3,
        "target": ["pretraining", "t1", "t0"],
        "runs not converged": [1, 6, 6],
        "finished runs": [1, 7, 7],
    }


def test_a_long_reason_is_shortened():
    runs = ended(True, failed=1).assign(reason="x" * 500)
    html = trouble(runs)["Failed (1)"]
    assert "x" * 397 + "..." in html
    assert "x" * 398 not in html


def test_without_trouble_there_is_no_table():
    assert trouble(ended(True, pd.NA)) == {}
