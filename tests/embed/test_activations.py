import numpy as np
import pytest
import torch
from torch import nn

from warmstart.embed.activations import activations
from warmstart.embed.features import features
from warmstart.errors import ConfigError
from warmstart.models.stages import stages


@pytest.mark.parametrize("network", ["cbr_tiny", "test_resnet", "test_vit", "test_efficientnet"])
def test_every_stage_hands_on_one_row_per_image(network, probe_of, images):
    found = activations(probe_of(network), images)
    assert list(found) == [stage.name for stage in stages(network)]
    assert all(rows.shape[0] == 6 and np.isfinite(rows).all() for rows in found.values())


def test_a_stage_of_a_cbr_network_is_the_mean_of_its_units_maps(probe_of, images):
    probe = probe_of("cbr_tiny")
    found = activations(probe, images)
    maps = torch.cat([batch for _, batch in probe.batches(images)])
    for name, unit in probe.model.units.named_children():
        maps = unit(maps)
        np.testing.assert_allclose(found[name], maps.mean((2, 3)), rtol=1e-4, atol=1e-6)


def test_the_first_stage_of_a_resnet_is_after_activation_and_pool(probe_of, images):
    probe = probe_of("test_resnet")
    model = probe.model
    maps = torch.cat([batch for _, batch in probe.batches(images)])
    maps = model.maxpool(model.act1(model.bn1(model.conv1(maps))))
    found = activations(probe, images, names=["conv1"])
    assert list(found) == ["conv1"]
    np.testing.assert_allclose(found["conv1"], maps.mean((2, 3)), rtol=1e-4, atol=1e-6)


def test_the_last_stage_is_what_is_pooled_into_features(probe_of, images):
    probe = probe_of("test_resnet")
    last = list(activations(probe, images).values())[-1]
    np.testing.assert_allclose(last, features(probe, images).pooled, rtol=1e-4, atol=1e-6)


def test_places_are_rows_and_the_same_for_all_images_and_networks(probe_of, images):
    probe = probe_of("cbr_tiny")
    found = activations(probe, images, places=5, seed=3)
    assert found["conv1"].shape == (30, 32)
    assert found["conv4"].shape == (24, 256)  # a map of four places has no more
    again = activations(probe_of("cbr_tiny"), images[:2], places=5, seed=3)
    np.testing.assert_allclose(found["conv1"][:10], again["conv1"], rtol=1e-4, atol=1e-5)
    flat = np.repeat(images[:1], 2, axis=0)
    rows = activations(probe, flat, places=5)["conv1"]
    np.testing.assert_allclose(rows[:5], rows[5:])


def test_no_hook_is_left(probe_of, images):
    probe = probe_of("test_resnet")
    activations(probe, images)
    assert not any(m._forward_pre_hooks for m in probe.model.modules() if isinstance(m, nn.Module))


def test_an_unknown_stage_is_told(probe_of, images):
    with pytest.raises(ConfigError, match=r"has no stage 'block9'"):
        activations(probe_of("test_resnet"), images, names=["block9"])
