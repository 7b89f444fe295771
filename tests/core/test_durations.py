import pytest

from warmstart.core.durations import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (5399, "90 min"), (5400, "1.5 h"), (36000, "10.0 h")],
)
def test_a_time_is_said_in_the_unit_that_fits(seconds, words):
    assert duration(seconds) == words
