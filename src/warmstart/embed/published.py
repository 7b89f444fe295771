"""Task2Vec as its authors' library computes it by default, to compare with published embeddings.

It draws 10,000 images with replacement, classes balanced, in batches of 64; draws a label for each
from the network; and adds up squares of the gradient of each batch's mean loss, with batch norm in
training mode. Its expectation is the Fisher information divided by the size of a batch, and its
noise is a bias of every distance.
"""

import copy
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F  # noqa: N812

from warmstart.embed.gradients import mean_squares, weighted_layers
from warmstart.embed.head import LEARNING_RATE, WEIGHT_DECAY, Head, balanced_weights
from warmstart.embed.probe import Probe
from warmstart.models.architectures import pooled_features

DRAWS, BATCH, EPOCHS = 10_000, 64, 10


def published_task2vec(
    probe: Probe,
    images: NDArray[np.uint8],
    classes: NDArray[np.int64],
    *,
    draws: int = DRAWS,
    seed: int,
) -> NDArray[np.float64]:
    """Embed a task by the published procedure.

    Args:
        probe: The network.
        images: Prepared images, uint8 (n, size, size, c).
        classes: 0 to K-1 without gaps, shape (n,).
        draws: Images drawn for the embedding, and in each of ten epochs of the linear layer.
        seed: Seed of all draws.

    Returns:
        Shape (outputs of all layers,).
    """
    model = copy.deepcopy(probe.model).train()
    shown = torch.cat([batch for _, batch in probe.batches(images)])
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        pooled = torch.cat([pooled_features(model, batch) for batch in torch.split(shown, BATCH)])
    head = _fit(pooled.cpu(), classes, draws, draw)
    layers = weighted_layers(model)
    for weight in layers.values():
        weight.requires_grad_(True)
    totals = {name: torch.zeros(len(w), dtype=torch.float64) for name, w in layers.items()}
    for chosen in _balanced_batches(classes, draws, draw):
        logits = head.logits(pooled_features(model, shown[chosen]))
        drawn = torch.multinomial(logits.detach().softmax(1).cpu(), 1, generator=draw)[:, 0]
        loss = F.cross_entropy(logits, drawn.to(logits.device))
        gradients = torch.autograd.grad(loss, list(layers.values()), allow_unused=True)
        for name, gradient in zip(layers, gradients, strict=True):
            if gradient is not None:
                totals[name] += mean_squares(gradient).cpu() / (draws // BATCH)
    return torch.cat(list(totals.values())).numpy()


def _fit(
    pooled: torch.Tensor, classes: NDArray[np.int64], draws: int, draw: torch.Generator
) -> Head:
    layer = nn.Linear(pooled.shape[1], int(classes.max()) + 1)
    bound = pooled.shape[1] ** -0.5
    with torch.no_grad():
        for tensor in (layer.weight, layer.bias):
            tensor.uniform_(-bound, bound, generator=draw)
    adam = torch.optim.Adam(layer.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    truth = torch.from_numpy(classes)
    for _ in range(EPOCHS):
        for chosen in _balanced_batches(classes, draws, draw):
            adam.zero_grad()
            F.cross_entropy(layer(pooled[chosen]), truth[chosen]).backward()  # type: ignore[no-untyped-call]
            adam.step()
    return Head(layer.weight.detach(), layer.bias.detach())


def _balanced_batches(
    classes: NDArray[np.int64], draws: int, draw: torch.Generator
) -> Iterator[torch.Tensor]:
    weights = torch.from_numpy(balanced_weights(classes))
    chosen = torch.multinomial(weights, draws, replacement=True, generator=draw)
    yield from torch.split(chosen[: draws // BATCH * BATCH], BATCH)
