import pytest

from warmstart.core.names import hint, lookup
from warmstart.errors import UnknownNameError, WarmstartError

TABLE = {"logme": 1, "leep": 2}


def test_a_known_name_is_found():
    assert lookup("measure", "leep", TABLE) == 2


def test_an_unknown_name_is_answered_with_the_nearest_and_all_known_ones():
    with pytest.raises(UnknownNameError) as raised:
        lookup("measure", "logm", TABLE)
    assert str(raised.value) == (
        "Unknown measure 'logm'. Did you mean 'logme'? Known: leep, logme."
    )
    assert isinstance(raised.value, WarmstartError)


def test_no_name_is_suggested_where_none_is_near():
    with pytest.raises(UnknownNameError) as raised:
        lookup("measure", "xyz", TABLE)
    assert str(raised.value) == "Unknown measure 'xyz'. Known: leep, logme."


@pytest.mark.parametrize("known", [["photos", "textures"], iter(["photos"]), {"photos": 1}])
def test_a_hint_takes_any_collection_of_names(known):
    assert hint("phtos", known) == " Did you mean 'photos'?"


def test_no_names_give_no_hint():
    assert hint("photos", []) == ""
