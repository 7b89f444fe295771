"""What the tests of weights share."""

import pytest

from warmstart.errors import WeightsError

NETWORK = "test_efficientnet"
ADVICE = "Name the network they were trained with, or another start."


def refusal(call, *arguments):
    """Return the one line that a call is refused with."""
    with pytest.raises(WeightsError) as raised:
        call(*arguments)
    assert "\n" not in str(raised.value)
    return str(raised.value)
