import pytest
import torch

from warmstart.errors import ConfigError
from warmstart.models.architectures import build_network, linear_layer
from warmstart.models.stages import Stage
from warmstart.training.freezing import choose_trained, still_modules
from warmstart.training.loop import learning_mode, make_optimizer, set_rate

STAGES = (
    Stage("stem", ("conv_stem", "bn1")),
    Stage("block1", ("blocks.0", "blocks.1")),
    Stage("block2", ("blocks.2", "blocks.3", "blocks.4")),
)  # of test_efficientnet; what follows belongs to none
BATCH_NORM = torch.nn.BatchNorm2d


@pytest.fixture
def model():
    return build_network("test_efficientnet", 2, seed=0)


@pytest.fixture
def shares(model, recipe):
    """Call with what differs in the recipe: name of each trained weight, share of the rate."""

    def call(head_only=False, **changes):
        trained = choose_trained(
            model, recipe(**changes), head_only=head_only, stages=lambda: STAGES
        )
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        found = {names[id(p)]: share for share, group in trained.items() for p in group}
        learning = {name for name, p in model.named_parameters() if p.requires_grad}
        assert learning == set(found)
        return found

    return call


def stage_of(name):
    """As one would read it off the names."""
    if name.startswith(("conv_stem.", "bn1.")):
        return 0
    if name.startswith("blocks."):
        return 1 if int(name.split(".")[1]) < 2 else 2
    return 3


HEAD = {"classifier.weight", "classifier.bias"}


def test_by_default_everything_is_trained_at_the_same_rate_and_stages_are_not_asked_for(
    model, recipe
):
    trained = choose_trained(model, recipe(), head_only=False, stages=lambda: pytest.fail("asked"))
    assert list(trained) == [1.0]
    assert all(a is b for a, b in zip(trained[1.0], model.parameters(), strict=True))


@pytest.mark.parametrize("frozen", [0, 1, 2, 3])
def test_frozen_stages_are_the_first(model, shares, frozen):
    expected = {n for n, _ in model.named_parameters() if stage_of(n) >= frozen}
    assert set(shares(frozen_stages=frozen)) == expected


@pytest.mark.parametrize("last", [1, 2, 3])
def test_the_last_stages_are_trained_with_the_head(model, shares, last):
    expected = {n for n, _ in model.named_parameters() if stage_of(n) >= 3 - last}
    assert set(shares(last_stages=last)) == expected


def test_the_rate_falls_by_the_decay_with_each_stage_from_the_head(model, shares):
    expected = {n: 0.5 ** (3 - stage_of(n)) for n, _ in model.named_parameters()}
    assert shares(layer_decay=0.5) == expected
    assert {n for n, share in expected.items() if share == 1} > HEAD  # conv_head and its norm


def test_decay_and_frozen_stages_go_together(shares):
    found = shares(layer_decay=0.5, frozen_stages=2)
    assert set(found.values()) == {0.5, 1.0}
    assert set(found) == set(shares(frozen_stages=2))


def test_frozen_batch_norm_keeps_scale_and_shift(model, shares):
    found = set(shares(freeze_batch_norm=True))
    norms = {
        f"{name}.{part}"
        for name, module in model.named_modules()
        if isinstance(module, BATCH_NORM)
        for part in ("weight", "bias")
    }
    assert norms
    assert found == {name for name, _ in model.named_parameters()} - norms


def test_head_only_trains_the_head_at_the_full_rate_whatever_is_said_of_stages(shares):
    found = shares(head_only=True, layer_decay=0.5, last_stages=2, freeze_batch_norm=True)
    assert found == dict.fromkeys(HEAD, 1.0)


def test_what_was_frozen_before_learns_again(model, shares):
    shares(frozen_stages=3)
    assert set(shares()) == {name for name, _ in model.named_parameters()}


@pytest.mark.parametrize("key", ["frozen_stages", "last_stages"])
def test_more_stages_than_there_are_are_refused(shares, key):
    with pytest.raises(ConfigError) as raised:
        shares(**{key: 4})
    assert str(raised.value) == (f"{key} = 4, but this network has 3 stages: stem, block1, block2.")


@pytest.mark.parametrize(
    "changes", [{"frozen_stages": 1}, {"last_stages": 1}, {"layer_decay": 0.5}], ids=str
)
def test_a_network_without_stages_has_none_to_count(model, recipe, changes):
    with pytest.raises(ConfigError) as raised:
        make_optimizer(model, recipe(**changes), head_only=False)
    assert str(raised.value) == (
        "frozen_stages, last_stages and layer_decay count stages, and this network names none."
    )


# What does not learn stays as it is.


def modes(model):
    return {name: module.training for name, module in model.named_modules()}


def test_batch_norms_of_frozen_stages_stay_in_evaluation_mode(model, shares):
    shares(frozen_stages=2)
    learning_mode(model, still_modules(model), head_only=False)
    for name, module in model.named_modules():
        if isinstance(module, BATCH_NORM):
            assert module.training == (stage_of(f"{name}.") >= 2), name
    assert model.training


def test_frozen_batch_norms_stay_in_evaluation_mode_and_nothing_else_does(model, shares):
    shares(freeze_batch_norm=True)
    learning_mode(model, still_modules(model), head_only=False)
    still = {name for name, training in modes(model).items() if not training}
    parts = {n for n, m in model.named_modules() if isinstance(m, BATCH_NORM)}
    assert parts <= still
    assert all(any(name == p or name.startswith(f"{p}.") for p in parts) for name in still)


def test_nothing_is_still_where_everything_learns(model, shares):
    shares()
    assert still_modules(model) == []


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_a_step_of_each_group_is_its_share_of_the_rate(model, recipe, optimizer):
    chosen = recipe(optimizer=optimizer, layer_decay=0.5)
    going = make_optimizer(model, chosen, head_only=False, stages=lambda: STAGES)
    set_rate(going, 0.25)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    going.step()
    for name, value in model.named_parameters():
        expected = torch.full_like(value, -0.25 * 0.5 ** (3 - stage_of(name)))
        torch.testing.assert_close(value.detach() - before[name], expected, rtol=1e-4, atol=1e-6)
    assert linear_layer(model).weight.requires_grad
