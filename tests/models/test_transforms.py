"""What Transfusion does to weights: statistically where it draws, tensor by tensor where not."""

import math

import pytest
import torch
from scipy import stats

from warmstart.errors import ConfigError, WeightsError
from warmstart.models.architectures import build_network, linear_name, skeleton
from warmstart.models.pretrained import load_backbone
from warmstart.models.roles import roles
from warmstart.models.stages import stages
from warmstart.models.starts import parse_start
from warmstart.models.transforms import (
    apply_transform,
    gabor,
    gabor_bank,
    mean_var,
    sampled,
    shuffled,
    transfused,
)

NETWORK = "cbr_tiny"
DRAWN = (mean_var, sampled, shuffled)
drawn = pytest.mark.parametrize("transform", DRAWN, ids=lambda f: f.__name__)
ONE = {"weight": "weight"}


@pytest.fixture(scope="module")
def tensors():
    """Weights that no initialiser draws: skewed, and norms that are not the identity."""
    generator = torch.Generator().manual_seed(4)
    found = {}
    for name, value in build_network(NETWORK, 3, seed=5).state_dict().items():
        skewed = torch.rand(value.shape, generator=generator).square()
        found[name] = skewed + 0.1 if value.is_floating_point() else torch.full_like(value, 7)
    return found


@pytest.fixture(scope="module")
def random():
    return build_network(NETWORK, 3, seed=6).state_dict()


def equal(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def named(kind):
    return [name for name, role in roles(NETWORK).items() if role == kind]


# Roles.


@pytest.mark.parametrize(
    "network", [NETWORK, "test_resnet", "test_efficientnet", "test_convnext", "test_vit"]
)
def test_every_stored_tensor_has_a_role_but_those_of_the_linear_layer(network):
    model = skeleton(network)
    stored = [n for n in model.state_dict() if not n.startswith(linear_name(model) + ".")]
    assert list(roles(network)) == stored
    learned = dict(model.named_parameters())
    for name, role in roles(network).items():
        assert (name in learned) == (role in ("weight", "norm_scale", "norm_shift"))


def test_norms_are_told_from_weights():
    found = roles("test_vit")
    assert found["blocks.0.norm1.weight"] == "norm_scale"
    assert found["blocks.0.norm1.bias"] == "norm_shift"
    assert found["blocks.0.mlp.fc1.bias"] == found["pos_embed"] == "weight"
    assert found["patch_embed.proj.weight"] == "weight"
    assert roles(NETWORK)["units.conv1.bn.num_batches_tracked"] == "constant"
    assert roles(NETWORK)["units.conv1.bn.running_var"] == "norm_var"


# What holds for all that draw.


@drawn
def test_the_seed_decides_and_the_order_of_tensors_does_not(transform, tensors):
    kinds = roles(NETWORK)
    first = transform(tensors, kinds, seed=3)
    turned = dict(reversed(kinds.items()))
    again = transform(dict(reversed(tensors.items())), turned, seed=3)
    other = transform(tensors, kinds, seed=4)
    assert equal(first, dict(sorted(again.items(), key=lambda item: list(first).index(item[0]))))
    assert not any(torch.equal(first[name], other[name]) for name in named("weight"))


@drawn
def test_a_draw_does_not_depend_on_the_other_tensors(transform, tensors):
    name = named("weight")[2]
    whole = transform(tensors, roles(NETWORK), seed=3)
    assert torch.equal(transform(tensors, {name: "weight"}, seed=3)[name], whole[name])


@drawn
def test_the_global_generator_and_the_given_tensors_are_left_alone(transform, tensors):
    before, state = {k: v.clone() for k, v in tensors.items()}, torch.get_rng_state()
    transform(tensors, roles(NETWORK), seed=3, batch_norm="resample")
    assert torch.equal(torch.get_rng_state(), state)
    assert equal(before, tensors)


@drawn
def test_the_linear_layer_is_not_among_the_tensors(transform, tensors):
    assert list(transform(tensors, roles(NETWORK), seed=3)) == list(roles(NETWORK))
    assert not any(name.startswith("fc.") for name in roles(NETWORK))


@drawn
def test_identity_resets_norms_exactly(transform, tensors):
    found = transform(tensors, roles(NETWORK), seed=3)
    for kind, value in (("norm_scale", 1), ("norm_var", 1), ("norm_shift", 0), ("norm_mean", 0)):
        assert named(kind)
        assert all((found[name] == value).all() for name in named(kind))
    counters = [name for name in named("constant") if name.endswith("num_batches_tracked")]
    assert len(counters) == 4
    assert all(found[name] == 0 and found[name].dtype == torch.int64 for name in counters)


@drawn
def test_copy_keeps_norms_exactly_and_nothing_else(transform, tensors):
    found = transform(tensors, roles(NETWORK), seed=3, batch_norm="copy")
    for name, role in roles(NETWORK).items():
        assert torch.equal(found[name], tensors[name]) == (role != "weight")


@drawn
def test_resample_treats_norms_as_weights_and_keeps_counters(transform, tensors):
    found = transform(tensors, roles(NETWORK), seed=3, batch_norm="resample")
    for name, role in roles(NETWORK).items():
        assert torch.equal(found[name], tensors[name]) == (role == "constant")
    assert all((found[name] >= 0).all() for name in named("norm_var"))


@drawn
@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_shape_and_type_of_every_tensor_stay(transform, dtype):
    given = {"weight": torch.rand(3, 4).to(dtype), "scalar": torch.tensor(2.5, dtype=dtype)}
    found = transform(given, {"weight": "weight", "scalar": "weight"}, seed=1)
    assert {k: (v.shape, v.dtype) for k, v in found.items()} == {
        k: (v.shape, v.dtype) for k, v in given.items()
    }
    assert found["scalar"] == 2.5


# What holds for one.


def test_mean_var_is_normal_with_the_moments_of_each_tensor(tensors):
    found = mean_var(tensors, roles(NETWORK), seed=3)
    for name in named("weight"):
        old, new = tensors[name].double(), found[name].double()
        n, spread = old.numel(), old.std(correction=0).item()
        assert abs(new.mean() - old.mean()).item() < 4.5 * spread / math.sqrt(n)
        assert new.var().item() == pytest.approx(spread**2, rel=4.5 * math.sqrt(2 / n))
        normal = stats.norm(old.mean().item(), spread)
        assert stats.kstest(new.flatten()[:20_000].numpy(), normal.cdf).pvalue > 1e-3
        assert abs(stats.pearsonr(old.flatten(), new.flatten()).statistic) < 4.5 / math.sqrt(n)


def test_a_variance_drawn_by_mean_var_is_never_negative():
    given = {"bn.running_var": torch.tensor([0.0, 0.0, 0.0, 10.0] * 50)}
    kinds = {"bn.running_var": "norm_var"}
    found = mean_var(given, kinds, seed=2, batch_norm="resample")["bn.running_var"]
    assert (found > 0).all()


def test_sampled_draws_each_entry_as_often_as_the_others():
    entries = torch.arange(10.0)
    found = sampled({"weight": entries.repeat(1000)}, ONE, seed=2)["weight"]
    counts = torch.bincount(found.long(), minlength=10)
    assert stats.chisquare(counts.numpy()).pvalue > 1e-3
    assert len(set(counts.tolist())) > 1  # with replacement


def test_sampled_has_the_distribution_of_each_tensor(tensors):
    found = sampled(tensors, roles(NETWORK), seed=3)
    for name in named("weight"):
        old, new = tensors[name].flatten(), found[name].flatten()
        assert set(new.tolist()) <= set(old.tolist())
        assert stats.ks_2samp(old[:20_000], new[:20_000]).pvalue > 1e-3


def test_shuffled_keeps_the_entries_of_each_tensor_and_not_their_places(tensors):
    found = shuffled(tensors, roles(NETWORK), seed=3)
    for name in named("weight"):
        old, new = tensors[name].flatten(), found[name].flatten()
        assert torch.equal(old.sort().values, new.sort().values)
        assert (old == new).float().mean() < 0.01


@pytest.mark.parametrize("number", range(4))
def test_transfused_stages_are_copied_and_the_rest_is_random(tensors, random, number):
    found = transfused(tensors, random, roles(NETWORK), stages(NETWORK)[: number + 1])
    assert list(found) == list(roles(NETWORK))
    for name, value in found.items():
        copied = int(name[len("units.conv")]) <= number + 1
        assert torch.equal(value, (tensors if copied else random)[name])
        assert not torch.equal(tensors[name], random[name])


# Gabor filters.


def test_the_bank_holds_the_real_parts_of_complex_gabor_kernels():
    bank = gabor_bank(64, 7)
    for number, kernel in enumerate(bank):
        angle = math.pi * (number % 16) / 16
        frequency = (0.08, 0.16, 0.25, 0.32)[number // 16]
        for row in range(7):
            for column in range(7):
                x, y = column - 3, row - 3
                wave = 2 * math.pi * frequency * (x * math.cos(angle) + y * math.sin(angle))
                value = math.exp(-(x * x + y * y) / 8) * math.cos(wave)
                assert kernel[row, column].item() == pytest.approx(value, abs=1e-12)


def test_fewer_filters_are_spread_over_the_bank_and_more_repeat_it():
    whole = gabor_bank(64, 5)
    assert torch.equal(gabor_bank(32, 5), whole[::2])
    assert torch.equal(gabor_bank(100, 5), torch.cat([whole, whole[:36]]))


@pytest.mark.parametrize("network", [NETWORK, "test_resnet", "test_vit"])
def test_gabor_fills_the_first_convolution_only(network):
    random = build_network(network, 2, seed=1).state_dict()
    tensors = {k: 3 * v if v.is_floating_point() else v for k, v in random.items()}
    found = gabor(tensors, random, roles(network))
    (first,) = [name for name in found if not torch.equal(found[name], random[name])]
    assert stages(network)[0].holds(first)
    wanted = tensors[first].square().mean().item()
    assert found[first].square().mean().item() == pytest.approx(wanted, rel=1e-4)
    assert torch.equal(found[first][:, 0], found[first][:, 2])


def test_gabor_needs_a_convolution():
    given = {"weight": torch.ones(3, 4)}
    with pytest.raises(WeightsError) as raised:
        gabor(given, given, ONE)
    assert str(raised.value) == "gabor needs a network whose first layer is a convolution."


# From a spec to a network.


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("file:x", lambda t, r, k: {name: t[name] for name in k}),
        ("mean-var:file:x", lambda t, r, k: mean_var(t, k, seed=9)),
        ("mean-var(bn=copy):file:x", lambda t, r, k: mean_var(t, k, seed=9, batch_norm="copy")),
        ("sampled:file:x", lambda t, r, k: sampled(t, k, seed=9)),
        ("shuffled:file:x", lambda t, r, k: shuffled(t, k, seed=9)),
        ("transfuse:file:x@conv2", lambda t, r, k: transfused(t, r, k, stages(NETWORK)[:2])),
        ("gabor:file:x", lambda t, r, k: gabor(t, r, k)),
    ],
)
def test_a_spec_is_applied_and_its_tensors_fit_the_network(tensors, random, spec, expected):
    model = build_network(NETWORK, 3, seed=6)
    found = apply_transform(parse_start(spec), NETWORK, tensors, random=random, seed=9)
    assert equal(found, expected(tensors, random, roles(NETWORK)))
    head = model.fc.weight.clone()
    load_backbone(model, found, what=spec, network=NETWORK)
    assert all(torch.equal(model.state_dict()[name], value) for name, value in found.items())
    assert torch.equal(model.fc.weight, head)


@pytest.mark.parametrize("network", ["test_resnet", "test_efficientnet", "test_vit"])
@pytest.mark.parametrize("name", ["mean-var", "sampled(bn=resample)", "shuffled(bn=copy)"])
def test_a_transformed_network_gives_numbers(network, name):
    model = build_network(network, 2, seed=1)
    start = parse_start(f"{name}:timm")
    found = apply_transform(start, network, model.state_dict(), random=model.state_dict(), seed=1)
    load_backbone(model, found, what=str(start), network=network)
    with torch.no_grad():
        assert torch.isfinite(model.eval()(torch.rand(2, 3, 32, 32))).all()


def test_an_unknown_stage_is_refused(tensors, random):
    with pytest.raises(ConfigError, match=r"has no stage 'conv9'.*conv1, conv2, conv3, conv4\."):
        apply_transform(
            parse_start("transfuse:timm@conv9"), NETWORK, tensors, random=random, seed=1
        )


def test_a_missing_tensor_is_named(tensors, random):
    short = {k: v for k, v in tensors.items() if k != "units.conv2.bn.bias"}
    with pytest.raises(WeightsError) as raised:
        apply_transform(parse_start("sampled:file:x"), NETWORK, short, random=random, seed=1)
    assert str(raised.value) == "The weights 'file:x' lack units.conv2.bn.bias of 'cbr_tiny'."
