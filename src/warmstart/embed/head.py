"""The linear layer that tells a task's classes apart, fitted to stored features."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812

LEARNING_RATE = 4e-4
WEIGHT_DECAY = 1e-4
STEPS = 1560
"""As many as the published procedure takes, ten epochs of 156 batches."""


@dataclass(frozen=True, eq=False)
class Head:
    """A linear layer: weights (K, d) and biases (K,)."""

    weight: torch.Tensor
    bias: torch.Tensor

    def logits(self, features: torch.Tensor) -> torch.Tensor:
        """Outputs (n, K) of features (n, d)."""
        return F.linear(features, self.weight.to(features), self.bias.to(features))


def balanced_weights(classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weight of each image such that all classes weigh the same and all images together one.

    Args:
        classes: 0 to K-1 without gaps, shape (n,).
    """
    counts = np.bincount(classes)
    weights: NDArray[np.float64] = 1.0 / (len(counts) * counts[classes])
    return weights


def fit_head(features: NDArray[np.float32], classes: NDArray[np.int64]) -> Head:
    """Fit a linear layer by Adam on all images at once, every class weighing the same.

    The published procedure draws 10,000 images with replacement, balanced, in each of ten epochs;
    this is the expectation of its steps, from zero instead of from drawn weights, so that nothing
    is left to chance.

    Args:
        features: Shape (n, d).
        classes: 0 to K-1 without gaps, shape (n,).
    """
    x = torch.from_numpy(np.array(features, np.float32))  # stored ones cannot be written to
    y = torch.from_numpy(classes)
    share = torch.from_numpy(balanced_weights(classes)).to(x.dtype)[:, None]
    truth = F.one_hot(y).to(x.dtype)
    weight = torch.zeros(truth.shape[1], x.shape[1], requires_grad=True)
    bias = torch.zeros(truth.shape[1], requires_grad=True)
    adam = torch.optim.Adam([weight, bias], lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    with torch.no_grad():
        for _ in range(STEPS):
            residual = share * (F.linear(x, weight, bias).softmax(1) - truth)
            weight.grad, bias.grad = residual.T @ x, residual.sum(0)
            adam.step()
    return Head(weight.detach(), bias.detach())
