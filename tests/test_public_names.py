import subprocess
import sys

import pytest

import warmstart


@pytest.mark.parametrize("name", warmstart.__all__)
def test_every_public_name_can_be_had_and_is_documented(name):
    value = getattr(warmstart, name)
    assert name == "METRICS" or value.__doc__
    assert name in dir(warmstart)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'warmstart' has no attribute 'nothing'"):
        _ = warmstart.nothing


def test_the_public_names_are_sorted_and_all_have_a_home():
    assert sorted(warmstart.__all__) == sorted(warmstart._HOMES)


def test_importing_warmstart_loads_nothing_heavy():
    code = (
        "import sys, warmstart\n"
        "assert not {'torch', 'pandas', 'numpy', 'pydantic'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
