import hashlib
import json
import re

import numpy as np
import pytest

from warmstart.core.identity import file_digest, question_key, seed_of

QUESTION = {"network": "resnet18", "recipe": {"epochs": 3, "rate": 1e-4}, "arm": None, "x": [1, 2]}


def test_a_key_is_sixteen_hexadecimal_digits():
    assert re.fullmatch("[0-9a-f]{16}", question_key(QUESTION))


def test_the_order_of_keys_does_not_matter_at_any_depth():
    turned = {key: QUESTION[key] for key in reversed(QUESTION)}
    turned["recipe"] = {"rate": 1e-4, "epochs": 3}
    assert question_key(turned) == question_key(QUESTION)


def test_the_order_of_a_list_matters():
    assert question_key({"x": [2, 1]}) != question_key({"x": [1, 2]})


@pytest.mark.parametrize(
    "change",
    [
        {"network": "resnet34"},
        {"recipe": {"epochs": 3, "rate": 1.0000001e-4}},
        {"arm": ""},
        {"arm": False},
        {"x": [1, 2, 3]},
        {"new": None},
    ],
)
def test_every_part_of_a_question_changes_its_key(change):
    assert question_key(QUESTION | change) != question_key(QUESTION)


def test_a_key_survives_the_file_that_the_question_is_written_to():
    assert question_key(json.loads(json.dumps(QUESTION, indent=2))) == question_key(QUESTION)


def test_a_tuple_asks_the_same_as_a_list():
    assert question_key({"mean": (0.5, 0.5)}) == question_key({"mean": [0.5, 0.5]})


def test_a_key_is_the_digest_of_compact_sorted_json():
    by_hand = hashlib.sha256(b'{"a":[1,2.5],"b":null}').hexdigest()[:16]
    assert question_key({"b": None, "a": [1, 2.5]}) == by_hand


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_without_a_value_are_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        question_key({"rate": value})


@pytest.mark.parametrize("value", [np.float32(1), np.arange(2), {1, 2}, object()])
def test_what_json_does_not_know_is_refused(value):
    with pytest.raises(TypeError, match="not JSON serializable"):
        question_key({"value": value})


def test_a_file_digest_is_that_of_its_bytes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"warm" * 300_000)
    assert file_digest(path) == hashlib.sha256(b"warm" * 300_000).hexdigest()


def test_seeds_have_63_bits_and_use_them():
    seeds = [seed_of("run", number) for number in range(2000)]
    assert len(set(seeds)) == 2000
    assert min(seeds) >= 0
    assert max(seeds) < 2**63
    assert np.mean(seeds) == pytest.approx(2**62, rel=0.05)


def test_a_seed_depends_on_every_part_and_on_where_the_parts_end():
    assert seed_of("run", 1) == seed_of("run", "1")
    assert len({seed_of("run", 1), seed_of("run1"), seed_of("ru", "n1"), seed_of("run", 2)}) == 4
