"""Task2Vec: a task as the Fisher information of a network's filters when it solves the task.

The network's last layer is fitted to the task; then, for every image, the gradient of the log
probability of a label, drawn from what the network says, is squared. Here the expectation over
labels is computed, not drawn, where that is affordable, images weigh as in a balanced dataset
instead of being drawn 10,000 times, and every image's gradient is squared by itself.
"""

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from warmstart.embed.features import features as features_of
from warmstart.embed.gradients import EachImage, mean_squares, weighted_layers
from warmstart.embed.head import Head, balanced_weights, fit_head
from warmstart.embed.probe import Probe
from warmstart.embed.published import published_task2vec
from warmstart.measures.checks import Floats
from warmstart.measures.labels import check_labels
from warmstart.models.architectures import pooled_features

PASSES = 1000
"""Backward passes that may be spent on an embedding, all images together; each has at least one."""

_AGREEMENT = 1e-3
"""Of the largest entry: how far gradients of a batch may be from those of its images one by one."""


def task2vec(
    probe: Probe,
    images: NDArray[np.uint8],
    labels: ArrayLike,
    *,
    features: NDArray[np.float32] | None = None,
    passes: int = PASSES,
    seed: int = 0,
    library_compat: bool = False,
) -> Floats:
    """Embed a task: mean Fisher information of the weights of each filter.

    Args:
        probe: The network.
        images: Prepared images of the task, uint8 (n, size, size, c).
        labels: Class of each, shape (n,). Any values; only equality counts.
        features: Pooled features of these images by this network, where they are known already.
        passes: How many backward passes may be spent. With K classes, K - 1 for each image give the
            exact expectation over labels; with fewer it is estimated without bias, by random signs.
        seed: Seed of the signs; the exact expectation has none.
        library_compat: The procedure of the published library in its default settings, for
            comparison with published embeddings: see `published_task2vec`. It takes 20 times as
            long and is noisier.

    Returns:
        Shape (outputs of all weighted layers but the last,), 0 or more, layers in the order of the
        network's modules. Compare embeddings of the same network only.

    Raises:
        DataError: If the images are not prepared, labels are of another number, or of one class.

    References:
        Achille et al., "Task2Vec: task embedding for meta-learning", ICCV 2019.
    """
    classes = check_labels(labels, len(images))
    if library_compat:
        return published_task2vec(probe, images, classes, seed=seed)
    if features is None:
        features = features_of(probe, images).pooled
    head = fit_head(features, classes)
    return fisher(probe, images, head, balanced_weights(classes), passes=passes, seed=seed)


def fisher(
    probe: Probe,
    images: NDArray[np.uint8],
    head: Head,
    weights: Floats,
    *,
    passes: int = PASSES,
    seed: int = 0,
) -> Floats:
    """Diagonal Fisher information of a network's weights, averaged over those of each filter.

    Args:
        probe: The network.
        images: Prepared images, uint8 (n, size, size, c).
        head: The linear layer that turns its features into classes.
        weights: Weight of each image, shape (n,), summing to one.
        passes: See `task2vec`.
        seed: See `task2vec`.

    Returns:
        Shape (outputs of all weighted layers but the last,).
    """
    each = max(1, min(len(head.bias) - 1, passes // len(images)))
    total = _Total(probe, head, each, torch.Generator().manual_seed(seed))
    add = total.add if _agree(probe, images[:2], head) else total.add_one_by_one
    for rows, batch in probe.batches(images):
        add(batch, torch.from_numpy(weights[rows]))
    return total.values()


def score_directions(
    probabilities: torch.Tensor, count: int, draw: torch.Generator
) -> torch.Tensor:
    """Gradients at the logits whose squares, summed, have the expectation over labels.

    The covariance of the gradient of a label's log probability at the logits is diag(p) - pp' =
    LL' with the K columns of L = (diag(1) - p1') diag(sqrt p), of which the combination with
    weights sqrt p is zero. So K - 1 combinations of columns that are orthogonal to it have the same
    LL'; fewer have it in expectation if their weights are random signs.

    Args:
        probabilities: Of each image and class, shape (n, K).
        count: How many directions; K - 1 are exact.
        draw: Where signs are drawn from.

    Returns:
        Shape (count, n, K).
    """
    n, k = probabilities.shape
    root = probabilities.sqrt()
    if count >= k - 1:
        mirror = root + torch.eye(k)[0].to(root)  # reflects the first unit vector onto -root
        mirror = mirror / mirror.norm(dim=1, keepdim=True)
        rest = torch.eye(k)[1:, None].to(root)
        combine = rest - 2 * mirror.T[1:, :, None] * mirror
    else:
        signs = torch.randint(2, (count, n, k), generator=draw) * 2.0 - 1.0
        combine = (signs / count**0.5).to(root)
    columns: torch.Tensor = root * combine
    return columns - probabilities * columns.sum(2, keepdim=True)


class _Total:
    """The sum of squared gradients over images, layer by layer."""

    def __init__(self, probe: Probe, head: Head, passes: int, draw: torch.Generator) -> None:
        self._model, self._head, self._passes, self._draw = probe.model, head, passes, draw
        self._layers = weighted_layers(probe.model)
        self._sums = {
            name: torch.zeros(len(weight), dtype=torch.float64)
            for name, weight in self._layers.items()
        }

    def add(self, images: torch.Tensor, share: torch.Tensor) -> None:
        """Add a batch of images, all in one pass."""

        def note(name: str, squares: torch.Tensor) -> None:
            self._sums[name] += share @ squares.to("cpu", torch.float64)

        with torch.enable_grad(), EachImage(self._layers, len(images), self._passes, note):
            logits = self._head.logits(pooled_features(self._model, images))
        for direction, more in self._directions(logits):
            logits.backward(direction, retain_graph=more)  # type: ignore[no-untyped-call]

    def add_one_by_one(self, images: torch.Tensor, share: torch.Tensor) -> None:
        """Add images each by itself, by PyTorch's own gradients: right for any network."""
        weights = list(self._layers.values())
        try:
            for weight in weights:
                weight.requires_grad_(True)
            for image, part in zip(torch.split(images, 1), share, strict=True):
                with torch.enable_grad():
                    logits = self._head.logits(pooled_features(self._model, image))
                for direction, more in self._directions(logits):
                    found = torch.autograd.grad(
                        logits, weights, direction, retain_graph=more, allow_unused=True
                    )
                    for name, gradient in zip(self._layers, found, strict=True):
                        if gradient is not None:
                            self._sums[name] += part * mean_squares(gradient).cpu()
        finally:
            for weight in weights:
                weight.requires_grad_(False)

    def _directions(self, logits: torch.Tensor) -> list[tuple[torch.Tensor, bool]]:
        found = score_directions(logits.detach().softmax(1), self._passes, self._draw)
        return [(direction, number + 1 < len(found)) for number, direction in enumerate(found)]

    def values(self) -> Floats:
        """All layers, one after the other."""
        found: Floats = torch.cat(list(self._sums.values())).numpy()
        return found


def _agree(probe: Probe, images: NDArray[np.uint8], head: Head) -> bool:
    """Whether gradients of images in a batch can be told apart in this network.

    They cannot where a layer mixes images, weights are used twice, or are changed before use.
    """
    totals = [_Total(probe, head, 1, torch.Generator().manual_seed(0)) for _ in range(2)]
    for _, batch in probe.batches(images):
        share = torch.full((len(batch),), 1 / len(images), dtype=torch.float64)
        try:
            totals[0].add(batch, share)
        except RuntimeError:  # shapes that do not divide by the number of images
            return False
        totals[1].add_one_by_one(batch, share)
    together, apart = (total.values() for total in totals)
    return bool(np.abs(together - apart).max() <= _AGREEMENT * apart.max())
