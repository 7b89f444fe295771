import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import DataError
from warmstart.training.curve import steps_to_threshold

NAN = float("nan")
CURVE = [(10, 0.5), (20, 0.9), (30, NAN), (40, 0.91), (50, 0.7), (60, 0.92), (70, 0.93), (80, 0.95)]


@pytest.mark.parametrize(
    ("threshold", "stay", "expected"),
    [
        (0.4, 1, 10),
        (0.9, 1, 20),  # reaching it is enough
        (0.901, 1, 40),
        (0.9, 2, 60),  # the NaN after 20 and the fall after 40 end a stay
        (0.9, 3, 60),
        (0.9, 4, math.inf),  # training ended too early to tell
        (0.96, 1, math.inf),
        (NAN, 1, math.inf),
        (0.9, None, 60),  # to the end of training
        (0.94, None, 80),
        (0.96, None, math.inf),
    ],
)
def test_the_first_step_of_a_stay_counts(threshold, stay, expected):
    assert steps_to_threshold(CURVE, threshold, stay=stay) == expected
    assert steps_to_threshold(CURVE[::-1], threshold, stay=stay) == expected


@given(
    aucs=st.lists(st.sampled_from([0.5, 0.6, 0.7, 0.8, NAN]), max_size=12),
    threshold=st.sampled_from([0.55, 0.6, 0.75, 0.9]),
    stay=st.integers(1, 4) | st.none(),
)
def test_it_equals_the_definition(aucs, threshold, stay):
    curve = [(5 * i + 5, auc) for i, auc in enumerate(aucs)]
    expected = math.inf
    for first in range(len(curve) - (stay or 1) + 1):
        last = len(curve) if stay is None else first + stay
        if all(auc >= threshold for _, auc in curve[first:last]):
            expected = curve[first][0]
            break
    assert steps_to_threshold(curve, threshold, stay=stay) == expected


def test_the_table_of_a_run_can_be_read_as_it_is():
    table = pd.DataFrame(CURVE, columns=["step", "auc"])
    assert steps_to_threshold(table[["step", "auc"]], 0.9) == 20


@pytest.mark.parametrize("curve", [[], np.zeros((0, 2))])
def test_nothing_measured_reaches_nothing(curve):
    assert steps_to_threshold(curve, 0.5) == math.inf


def test_what_is_no_curve_is_refused():
    with pytest.raises(DataError) as raised:
        steps_to_threshold([0.5, 0.6], 0.5)
    assert str(raised.value) == "A curve has the two columns step and auc; got shape (2,)."
    with pytest.raises(DataError) as raised:
        steps_to_threshold(CURVE, 0.5, stay=0)
    assert str(raised.value) == "stay counts measurements and is at least 1; got 0."
