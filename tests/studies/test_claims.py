"""Claims in a study file: what is refused, and what is written."""

import pytest

from small_study import study_table
from warmstart.errors import ConfigError
from warmstart.studies.claims import claims_of
from warmstart.studies.plan import plan
from warmstart.studies.study_file import build_study

CLAIM = {"says": "Shapes help", "compare": {"source": "shapes"}, "to": {"source": "random"}}


def study(**claims):
    return build_study(study_table(claims=claims))


def refused(**claim):
    with pytest.raises(ConfigError) as error:
        study(c=CLAIM | claim)
    return str(error.value)


def test_a_claim_is_read_with_a_name_or_several_on_each_axis():
    one, several = claims_of(
        study(
            one=CLAIM,
            several=CLAIM | {"compare": {"source": ["shapes", "random"], "arm": "full"}},
        )
    )
    assert one.compare == {"source": ("shapes",)}
    assert one.bounds == (0.0, float("inf"))
    assert several.compare == {"source": ("shapes", "random"), "arm": ("full",)}


def test_what_counts_as_the_same_is_read():
    (claim,) = claims_of(study(c=CLAIM | {"expect": "same", "within": 0.01, "on": ["lesions"]}))
    assert claim.bounds == (-0.01, 0.01)
    assert claim.targets == ("lesions",)


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (
            {"compare": {"source": "shape"}},
            "[claims.c.compare] unknown source 'shape'. Did you mean 'shapes'? Known: random, "
            "shapes.",
        ),
        (
            {"to": {"arm": "few"}},
            "[claims.c.to] unknown arm 'few'. Known: full.",
        ),
        (
            {"on": ["lesion"]},
            "[claims.c] unknown target 'lesion'. Did you mean 'lesions'? Known: lesions.",
        ),
        (
            {"expect": "same"},
            '[claims.c] expect = "same" needs within, the difference that does not count, such as '
            "0.01.",
        ),
        (
            {"within": 0.1},
            '[claims.c] within has no effect with expect = "higher"; leave it out.',
        ),
    ],
)
def test_a_wrong_claim_is_refused(claim, message):
    assert refused(**claim) == f"study: {message}"


def test_an_unknown_key_is_told_with_the_known_ones():
    message = refused(compare={"sources": "shapes"})
    assert "sources" in message
    assert "Did you mean 'source'?" in message


def test_claims_change_no_run():
    prints = {"shapes": {"dataset": "1"}, "lesions": {"dataset": "2"}}
    with_claim, without = (
        {run.key for run in plan(one, prints, {})} for one in (study(c=CLAIM), study())
    )
    assert with_claim == without
