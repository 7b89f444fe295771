"""Task2Vec embeddings against gradients of single images by PyTorch."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from warmstart.embed.features import features
from warmstart.embed.fisher import _agree, fisher, score_directions, task2vec
from warmstart.embed.gradients import weighted_layers
from warmstart.embed.head import Head, balanced_weights, fit_head
from warmstart.embed.probe import Probe
from warmstart.embed.published import published_task2vec
from warmstart.errors import DataError
from warmstart.measures import task2vec as distance
from warmstart.models.architectures import linear_layer, pooled_features

LABELS = np.array([0, 0, 0, 1, 1, 2])
FAMILIES = {
    "cbr_tiny": 32,
    "cbr_tiny_valid": 96,
    "test_resnet": 32,
    "test_efficientnet": 32,
    "test_efficientnet_gn": 32,
    "test_convnext": 32,
    "test_vit": 32,
}


@pytest.fixture
def head(rng):
    return lambda d, k=3: Head(torch.randn(k, d) / 4, torch.randn(k))


def by_definition(probe, images, head, weights):
    """Sum over images and labels of the squared gradient of that label's log probability."""
    layers = weighted_layers(probe.model)
    totals = {name: torch.zeros(len(w), dtype=torch.float64) for name, w in layers.items()}
    for weight in layers.values():
        weight.requires_grad_(True)
    batch = torch.cat([batch for _, batch in probe.batches(images)])
    for image, share in zip(batch, weights, strict=True):
        said = head.logits(pooled_features(probe.model, image[None])).log_softmax(1)[0]
        for log_probability in said:
            gradients = torch.autograd.grad(
                log_probability, list(layers.values()), retain_graph=True
            )
            for name, gradient in zip(layers, gradients, strict=True):
                squares = gradient.double().square().flatten(1 if gradient.ndim > 1 else 0)
                mean = squares.mean(1) if gradient.ndim > 1 else squares
                totals[name] += share * log_probability.exp().item() * mean
    for weight in layers.values():
        weight.requires_grad_(False)
    return torch.cat(list(totals.values())).numpy()


@pytest.mark.parametrize("network", FAMILIES)
def test_all_images_at_once_give_what_each_gives_by_itself(network, probe_of, rng, head):
    probe, size = probe_of(network), FAMILIES[network]
    images = rng.integers(0, 256, (3, size, size, 3), dtype=np.uint8)
    layer = head(linear_layer(probe.model).in_features)
    weights = np.array([0.5, 0.3, 0.2])
    assert _agree(probe, images[:2], layer)
    found, expected = (f(probe, images, layer, weights) for f in (fisher, by_definition))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5 * expected.max())


class Twice(nn.Module):
    """A network that uses one matrix twice, so that its gradients are sums of two."""

    def __init__(self):
        super().__init__()
        self.matrix = nn.Linear(12, 12)
        self.fc = nn.Linear(12, 2)

    def forward_features(self, images):
        return self.matrix(self.matrix(images[:, :, ::16, ::16].flatten(1)).tanh())

    def forward_head(self, features, pre_logits=False):
        return features if pre_logits else self.fc(features)

    def get_classifier(self):
        return self.fc


class Standardised(nn.Conv2d):
    def forward(self, x):
        return F.conv2d(x, self.weight - self.weight.mean((1, 2, 3), keepdim=True), self.bias)


class Changed(Twice):
    """A network whose weights are standardised before they are used."""

    def __init__(self):
        super().__init__()
        self.matrix = Standardised(3, 12, 4)

    def forward_features(self, images):
        return self.matrix(images).relu().mean((2, 3))


@pytest.mark.parametrize("network", [Twice, Changed])
def test_weights_used_twice_or_changed_before_use_are_followed_one_by_one(network, images, head):
    torch.manual_seed(0)
    probe = Probe(
        network="own",
        model=network().eval().requires_grad_(False),
        digest="",
        mean=(0.5,) * 3,
        std=(0.5,) * 3,
    )
    layer, weights = head(12), balanced_weights(LABELS)
    assert not _agree(probe, images[:2], layer)
    np.testing.assert_allclose(
        fisher(probe, images, layer, weights), by_definition(probe, images, layer, weights), 1e-4
    )


def test_one_direction_fewer_than_classes_is_the_exact_expectation(rng):
    p = torch.softmax(torch.tensor(rng.normal(size=(5, 4)) * 3), 1)
    found = score_directions(p, 3, torch.Generator())
    assert found.shape == (3, 5, 4)
    covariance = torch.einsum("mni,mnj->nij", found, found)
    torch.testing.assert_close(covariance, torch.diag_embed(p) - p[:, :, None] * p[:, None])


def test_fewer_directions_are_right_on_average(rng):
    p = torch.softmax(torch.tensor(rng.normal(size=(1, 6))), 1).expand(20_000, 6)
    found = score_directions(p, 2, torch.Generator().manual_seed(0))
    covariance = torch.einsum("mni,mnj->ij", found, found) / 20_000
    expected = torch.diag(p[0]) - p[0, :, None] * p[0]
    torch.testing.assert_close(covariance, expected, atol=5e-3, rtol=0)


def test_images_weigh_as_in_a_balanced_dataset():
    weights = balanced_weights(LABELS)
    np.testing.assert_allclose([weights[c == LABELS].sum() for c in range(3)], 1 / 3)


def test_a_class_shown_twice_as_often_changes_nothing(probe_of, images):
    probe, labels = probe_of("test_resnet"), np.array([0, 0, 0, 1, 1, 1])
    more = np.concatenate([np.arange(6), np.arange(3)])
    once, twice = task2vec(probe, images, labels), task2vec(probe, images[more], labels[more])
    np.testing.assert_allclose(twice, once, rtol=2e-3)


def test_the_head_is_fitted_by_adam_to_the_balanced_cross_entropy(rng):
    x = (rng.normal(size=(60, 8)) + np.repeat(np.eye(3, 8), [40, 15, 5], axis=0)).astype("f4")
    y = np.repeat([0, 1, 2], [40, 15, 5])
    layer = nn.Linear(8, 3)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    adam = torch.optim.Adam(layer.parameters(), lr=4e-4, weight_decay=1e-4)
    weights = torch.tensor([1 / 40, 1 / 15, 1 / 5])
    for _ in range(1560):
        adam.zero_grad()
        F.cross_entropy(layer(torch.tensor(x)), torch.tensor(y), weight=weights).backward()
        adam.step()
    found = fit_head(x, y)
    torch.testing.assert_close(found.weight, layer.weight.detach(), rtol=0, atol=0.01)
    with torch.no_grad():
        expected = layer(torch.tensor(x)).softmax(1)
    torch.testing.assert_close(
        found.logits(torch.tensor(x)).softmax(1), expected, rtol=0, atol=0.01
    )


def test_exact_embeddings_of_one_task_are_at_distance_zero(probe_of, images):
    probe = probe_of("test_resnet")
    runs = [task2vec(probe, images, LABELS, seed=seed) for seed in (0, 1)]
    assert runs[0].any()
    np.testing.assert_array_equal(*runs)


def test_sampled_embeddings_are_right_on_average_and_nearer_with_more_passes(probe_of, rng):
    probe, labels = probe_of("test_resnet"), np.arange(24) % 6
    images = rng.integers(0, 256, (24, 32, 32, 3), dtype=np.uint8)
    head, weights = fit_head(features(probe, images).pooled, labels), balanced_weights(labels)
    exact = fisher(probe, images, head, weights)
    once = [fisher(probe, images, head, weights, passes=24, seed=seed) for seed in range(30)]
    more = [fisher(probe, images, head, weights, passes=96, seed=seed) for seed in range(2)]
    assert distance(np.mean(once, axis=0), exact) < 0.2 * distance(once[0], exact)
    assert np.mean(once) == pytest.approx(exact.mean(), rel=0.05)
    assert 0 < distance(*more) < distance(*once[:2])


def test_neither_names_of_classes_nor_the_order_of_images_matter(probe_of, images, rng):
    probe = probe_of("test_resnet")
    order = rng.permutation(6)
    expected = task2vec(probe, images, LABELS)
    renamed = task2vec(probe, images[order], np.array(["c", "a", "b"])[LABELS[order]])
    np.testing.assert_allclose(renamed, expected, rtol=1e-3)


def test_the_network_is_left_as_it_was(probe_of, images):
    probe = probe_of("test_resnet")
    before = {name: value.clone() for name, value in probe.model.state_dict().items()}
    task2vec(probe, images, LABELS)
    published_task2vec(probe, images, LABELS, draws=64, seed=0)
    assert not probe.model.training
    assert not any(p.requires_grad for p in probe.model.parameters())
    assert all(torch.equal(before[n], v) for n, v in probe.model.state_dict().items())


def test_bad_tasks_are_told(probe_of, images):
    probe = probe_of("test_resnet")
    with pytest.raises(DataError, match=r"^labels hold one class only, 1; expected at least two"):
        task2vec(probe, images, [1] * 6)
    with pytest.raises(DataError) as error:
        features(probe, images.astype(np.float32))
    assert str(error.value) == (
        "images are float32 of shape (6, 32, 32, 3); expected uint8 (n, size, size, 1 or 3), as "
        "data.prepare makes them."
    )
