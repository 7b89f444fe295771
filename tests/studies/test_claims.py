"""Claims in a study file: what is refused, and what is written."""

import pytest

from small_study import study_table
from warmstart.errors import ConfigError
from warmstart.studies.claims import claims_of
from warmstart.studies.plan import plan
from warmstart.studies.study_file import build_study

CLAIM = {"says": "Shapes help", "compare": {"source": "shapes"}, "to": {"source": "random"}}


def study(*, changes=None, **claims):
    return build_study(study_table(claims=claims, **(changes or {})))


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
        (
            {"expect": "lower", "within": 0.1},
            '[claims.c] within has no effect with expect = "lower"; leave it out.',
        ),
        (
            {"expect": "same", "within": 1.5},
            "[claims.c] within is 1.5; expected less than 1.",
        ),
        (
            {"compare": {}},
            "[claims.c] compare names no results; name a network, source or arm, or use relate.",
        ),
        (
            {"number": "steps"},
            '[claims.c] number = "steps" needs protocol.steps_to_auc, such as 0.9.',
        ),
        (
            {"number": "kept", "label": "edema"},
            '[claims.c] label has no effect with number = "kept"; leave it out.',
        ),
        (
            {"compare": {"source": "shapes", "stage": "first"}},
            '[claims.c.compare] stage is known of number = "kept" only; leave it out.',
        ),
        (
            {"than": [{"compare": {"source": ["shapes", "random"]}, "to": {"source": "shapes"}}]},
            "[claims.c.than.0.compare] names several on one axis; expected one, in as many pairs.",
        ),
        (
            {"than": [{"compare": {"source": "shapes"}, "to": {"source": "shape"}}]},
            "[claims.c.than.0.to] unknown source 'shape'. Did you mean 'shapes'? Known: random, "
            "shapes.",
        ),
        (
            {"relate": "logme"},
            "[claims.c] no effect with relate: to; leave it out.",
        ),
        (
            {"over": "networks"},
            "[claims.c] over has no effect without relate; leave it out.",
        ),
        (
            {"expect": "little", "within": 0.5},
            '[claims.c] expect = "little" needs relate; "same" is for differences.',
        ),
        (
            {"relate": "logme", "to": {}, "expect": "same", "within": 0.5},
            '[claims.c] expect = "same"; expected "higher" or "little" with relate.',
        ),
    ],
)
def test_a_wrong_claim_is_refused(claim, message):
    assert refused(**claim) == f"study: {message}"


def test_a_claim_about_steps_needs_an_auc_to_step_to():
    claim = CLAIM | {"number": "steps", "expect": "same", "within": 500}
    (found,) = claims_of(
        study(
            c=claim,
            changes={"protocol": {"steps_to_auc": 0.9}, "finetune": {"record_every": 1}},
        )
    )
    assert (found.number, found.bounds) == ("steps", (-500, 500))


def test_a_claim_about_a_correlation_needs_no_place():
    claim = {"says": "LogME says little", "relate": "logme", "expect": "little", "within": 0.4}
    (found,) = claims_of(study(c=claim))
    assert (found.relate, found.over, found.compare) == ("logme", "sources", {})
    assert found.bounds == (-0.4, 0.4)


def test_pairs_are_read_in_their_order():
    pair = {"compare": {"source": "shapes", "arm": "full"}, "to": {"source": "random"}}
    (found,) = claims_of(study(c=CLAIM | {"than": [pair]}))
    assert found.than == (({"source": ("shapes",), "arm": ("full",)}, {"source": ("random",)}),)


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
