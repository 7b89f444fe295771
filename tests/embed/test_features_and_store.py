import numpy as np
import pytest
import torch

from warmstart.embed import stored
from warmstart.embed.features import features
from warmstart.embed.probe import make_probe
from warmstart.embed.stored import Shown, stored_features, stored_task2vec
from warmstart.models.architectures import build_network, linear_name

LABELS = [0, 1, 2, 0, 1, 2]


@pytest.fixture
def counted(monkeypatch):
    """How often features and embeddings were computed."""
    calls = []
    for name in ("features", "task2vec"):
        original = getattr(stored, name)

        def spy(*args, original=original, name=name, **kwargs):
            calls.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(stored, name, spy)
    return calls


def test_features_and_probabilities_are_those_of_the_network(probe_of, images):
    probe = probe_of("test_resnet")
    found = features(probe, images)
    shown = (torch.from_numpy(images).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25
    with torch.no_grad():
        logits = probe.model(shown)
    np.testing.assert_allclose(found.probabilities, logits.softmax(1), rtol=1e-3, atol=1e-6)
    with torch.no_grad():
        again = probe.model.get_classifier()(torch.from_numpy(found.pooled))
    np.testing.assert_allclose(again, logits, rtol=1e-3, atol=1e-4)


def test_weights_without_a_linear_layer_have_no_classes(images):
    model = build_network("test_resnet", 2, seed=0)
    head = linear_name(model)
    tensors = {n: v for n, v in model.state_dict().items() if not n.startswith(head)}
    probe = make_probe("test_resnet", tensors, mean=(0.5,) * 3, std=(0.5,) * 3)
    assert not probe.has_classes
    assert features(probe, images).probabilities is None


def test_grey_images_are_three_equal_channels(probe_of, images):
    probe = probe_of("test_resnet")
    grey = images[..., :1]
    expected = features(probe, np.repeat(grey, 3, axis=3)).pooled
    np.testing.assert_allclose(features(probe, grey).pooled, expected, rtol=1e-4)


def test_no_images_have_no_features(probe_of, images):
    found = features(probe_of("test_resnet"), images[:0])
    assert found.pooled.shape[0] == found.probabilities.shape[0] == 0


def test_features_are_computed_once_for_all_that_need_them(probe_of, images, tmp_path, counted):
    probe, shown = probe_of("test_resnet"), Shown(images, "pixels")
    first = stored_task2vec(probe, shown, LABELS, tmp_path)
    np.testing.assert_array_equal(stored_task2vec(probe, shown, LABELS, tmp_path), first)
    stored_task2vec(probe, shown, LABELS[::-1], tmp_path)
    stored_features(probe, shown, tmp_path)
    assert counted == ["features", "task2vec", "task2vec"]


def test_other_pixels_weights_or_normalisation_are_other_questions(
    probe_of, images, tmp_path, counted
):
    probe = probe_of("test_resnet")
    stored_features(probe, Shown(images, "pixels"), tmp_path)
    stored_features(probe, Shown(images, "other pixels"), tmp_path)
    tensors = dict(probe.model.state_dict())
    shifted = make_probe("test_resnet", tensors, mean=(0.4,) * 3, std=probe.std)
    stored_features(shifted, Shown(images, "pixels"), tmp_path)
    first = next(iter(tensors))
    tensors[first] = 2 * tensors[first]
    other = make_probe("test_resnet", tensors, mean=probe.mean, std=probe.std)
    stored_features(other, Shown(images, "pixels"), tmp_path)
    assert counted == ["features"] * 4


def test_stored_arrays_are_mapped_and_cannot_be_written_to(probe_of, images, tmp_path):
    found = stored_features(probe_of("test_resnet"), Shown(images, "pixels"), tmp_path)
    assert isinstance(found.pooled, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        found.pooled[0] = 0
