"""The processes that train one network together: whose rows are whose, and what is summed."""

from collections.abc import Iterable
from typing import Protocol, final

import torch
from torch import nn


class Group(Protocol):
    """Processes that train one network together; each has its own copy, and all stay the same.

    Attributes:
        rank: Number of this process, from 0.
        size: How many there are.
    """

    rank: int
    size: int

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the sum of a tensor over all processes, the same bits in each of them."""


@final
class Alone:
    """One process, which is the usual case."""

    def __init__(self) -> None:
        self.rank = 0
        self.size = 1

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the tensor."""
        return tensor


ALONE = Alone()


def own_rows(group: Group, n: int) -> slice:
    """This process's rows of a batch of n; the slices of a group differ by at most one row.

    Example:
        >>> own_rows(ALONE, 5)
        slice(0, 5, None)
    """
    return slice(n * group.rank // group.size, n * (group.rank + 1) // group.size)


def gathered(group: Group, rows: torch.Tensor, n: int) -> torch.Tensor:
    """Put together the rows (n, d) of which each process holds its own."""
    if group.size == 1:
        return rows
    whole = rows.new_zeros((n, *rows.shape[1:]))
    whole[own_rows(group, n)] = rows
    return group.sum(whole)


def sum_gradients(group: Group, parameters: Iterable[nn.Parameter]) -> None:
    """Replace every gradient by its sum over all processes, in one message."""
    if group.size == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    summed = group.sum(torch.cat([gradient.flatten() for gradient in gradients]))
    parts = torch.split_with_sizes(summed, [gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view(gradient.shape))
