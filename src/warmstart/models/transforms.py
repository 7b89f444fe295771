"""What "Transfusion" does to pretrained weights, to find out what of them helps.

Every function takes stored tensors by name and returns new ones; none knows the linear layer,
which no role names. Each tensor draws from a generator keyed by the seed and its own name, so that
neither the order of the tensors nor the presence of others changes a draw.

Raghu et al., "Transfusion", NeurIPS 2019, section 5 and the appendix.
"""

import math
from collections.abc import Callable, Iterable, Mapping

import torch

from warmstart.core.identity import seed_of
from warmstart.errors import WeightsError
from warmstart.models.roles import Role, roles
from warmstart.models.stages import Stage, stages_upto
from warmstart.models.starts import BatchNorm, Start

Tensor = torch.Tensor
Tensors = Mapping[str, Tensor]
Rule = Callable[[Tensor, torch.Generator], Tensor]

_RESET: dict[Role, float] = {"norm_scale": 1, "norm_shift": 0, "norm_mean": 0, "norm_var": 1}
_GABOR_TURNS = 16
_GABOR_FREQUENCIES = (0.08, 0.16, 0.25, 0.32)
_GABOR_SIGMA = 2.0


def apply_transform(
    start: Start, network: str, tensors: Tensors, *, random: Tensors, seed: int
) -> dict[str, Tensor]:
    """Return the tensors that a network starts from, as its start says.

    Args:
        start: The parsed start; without a transform, the tensors come back as they are.
        network: Name of the network.
        tensors: Stored tensors of the weights that the start names, fit for the network; of
            ``transfuse``, those of the stages it takes.
        random: Stored tensors of the network as it was built, with random weights; the transforms
            that keep a part of the weights take the rest from here.
        seed: Names the draws; the run's own.

    Returns:
        All stored tensors of the network but those of the linear layer.

    Raises:
        ConfigError: If the network has no stage of the name.
        WeightsError: If a tensor is missing, or the transform has nothing to work on.
    """
    known = roles(network)
    done = start.transform
    taken = stages_upto(network, done.upto) if done and done.upto else ()
    for name in known:
        needed = not taken or any(stage.holds(name) for stage in taken)
        if needed and name not in tensors:
            raise WeightsError(f"The weights {str(start.base)!r} lack {name} of {network!r}.")
    if done is None:
        return {name: tensors[name] for name in known}
    if done.name == "transfuse":
        return transfused(tensors, random, known, taken)
    if done.name == "gabor":
        return gabor(tensors, random, known)
    rule = {"mean-var": mean_var, "sampled": sampled, "shuffled": shuffled}[done.name]
    return rule(tensors, known, seed=seed, batch_norm=done.batch_norm)


def mean_var(
    tensors: Tensors, roles: Mapping[str, Role], *, seed: int, batch_norm: BatchNorm = "identity"
) -> dict[str, Tensor]:
    """Draw every tensor from a normal distribution with the mean and variance of its entries.

    Args:
        tensors: Stored tensors by name; only those with a role are returned.
        roles: What each tensor is for. Biases are drawn as all weights are; constants are copied.
        seed: Names the draws.
        batch_norm: What becomes of normalisation layers, layer norm included. ``"identity"``
            resets them: scale and variance one, shift and mean zero. ``"resample"`` draws them as
            all other tensors; a variance that comes out negative changes its sign. ``"copy"``
            keeps them.
    """
    return _by_rule(tensors, roles, _normal, seed, batch_norm)


def sampled(
    tensors: Tensors, roles: Mapping[str, Role], *, seed: int, batch_norm: BatchNorm = "identity"
) -> dict[str, Tensor]:
    """Draw every tensor from its own entries, with replacement; arguments as `mean_var`."""
    return _by_rule(tensors, roles, _with_replacement, seed, batch_norm)


def shuffled(
    tensors: Tensors, roles: Mapping[str, Role], *, seed: int, batch_norm: BatchNorm = "identity"
) -> dict[str, Tensor]:
    """Put the entries of every tensor into random order; arguments as `mean_var`."""
    return _by_rule(tensors, roles, _permuted, seed, batch_norm)


def transfused(
    tensors: Tensors, random: Tensors, roles: Mapping[str, Role], upto: Iterable[Stage]
) -> dict[str, Tensor]:
    """Take the tensors of some stages from pretrained weights, and all others from random ones.

    Normalisation layers go with their stage: scale, shift and running statistics are copied.

    Args:
        tensors: Pretrained tensors by name.
        random: Tensors of a network with random weights.
        roles: Names all tensors that are returned.
        upto: The stages to take from pretrained weights.
    """
    copied = tuple(upto)
    return {
        name: (tensors if any(stage.holds(name) for stage in copied) else random)[name].clone()
        for name in roles
    }


def gabor(tensors: Tensors, random: Tensors, roles: Mapping[str, Role]) -> dict[str, Tensor]:
    """Fill the first convolution with Gabor filters, and take all other tensors from random ones.

    One factor gives the filters the root mean square of the pretrained ones. The colours see the
    same filter. A convolution with more filters than the bank of 64 repeats it.

    Args:
        tensors: Pretrained tensors by name; only the first convolution's scale is used.
        random: Tensors of a network with random weights.
        roles: Names all tensors that are returned.

    Raises:
        WeightsError: If the network has no convolution.
    """
    kernels = (n for n, role in roles.items() if role == "weight" and tensors[n].ndim == 4)
    first = next((name for name in kernels if min(tensors[name].shape[2:]) > 1), None)
    if first is None:
        raise WeightsError("gabor needs a network whose first layer is a convolution.")
    filters, colours, high, wide = tensors[first].shape
    bank = gabor_bank(filters, max(high, wide))
    top, left = (max(high, wide) - high) // 2, (max(high, wide) - wide) // 2
    cut = bank[:, None, top : top + high, left : left + wide].repeat(1, colours, 1, 1)
    scale = tensors[first].double().square().mean().sqrt() / cut.square().mean().sqrt()
    found = {name: random[name].clone() for name in roles}
    return found | {first: (cut * scale).to(tensors[first].dtype)}


def gabor_bank(filters: int, size: int) -> Tensor:
    """Real parts of Gabor kernels: 16 orientations at each of 4 spatial frequencies.

    Fewer filters are spread evenly over the bank; more repeat it.

    Returns:
        Kernels of size x size pixels, shape ``(filters, size, size)``, double precision.
    """
    whole = len(_GABOR_FREQUENCIES) * _GABOR_TURNS
    chosen = (
        [n * whole // filters for n in range(filters)]
        if filters < whole
        else [n % whole for n in range(filters)]
    )
    steps = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    envelope = torch.exp(-(x**2 + y**2) / (2 * _GABOR_SIGMA**2))
    bank = []
    for number in chosen:
        frequency = _GABOR_FREQUENCIES[number // _GABOR_TURNS]
        angle = math.pi * (number % _GABOR_TURNS) / _GABOR_TURNS
        along = x * math.cos(angle) + y * math.sin(angle)
        bank.append(envelope * torch.cos(2 * math.pi * frequency * along))
    return torch.stack(bank)


def _by_rule(
    tensors: Tensors, roles: Mapping[str, Role], rule: Rule, seed: int, batch_norm: BatchNorm
) -> dict[str, Tensor]:
    found = {}
    for name, role in roles.items():
        tensor = tensors[name]
        of_norm = role in _RESET
        if role == "constant":
            reset = batch_norm == "identity" and name.endswith(".num_batches_tracked")
            found[name] = torch.zeros_like(tensor) if reset else tensor.clone()
        elif of_norm and batch_norm == "identity":
            found[name] = torch.full_like(tensor, _RESET[role])
        elif (of_norm and batch_norm == "copy") or not tensor.numel():
            found[name] = tensor.clone()
        else:
            drawn = rule(tensor, torch.Generator().manual_seed(seed_of(seed, name)))
            found[name] = drawn.abs() if role == "norm_var" else drawn
    return found


def _normal(tensor: Tensor, generator: torch.Generator) -> Tensor:
    entries = tensor.double()
    drawn = torch.randn(tensor.shape, generator=generator)
    spread = entries.var(correction=0).sqrt()
    return (entries.mean() + spread * drawn).to(tensor.dtype)


def _with_replacement(tensor: Tensor, generator: torch.Generator) -> Tensor:
    entries = tensor.flatten()
    return entries[torch.randint(len(entries), (len(entries),), generator=generator)].view(
        tensor.shape
    )


def _permuted(tensor: Tensor, generator: torch.Generator) -> Tensor:
    entries = tensor.flatten()
    return entries[torch.randperm(len(entries), generator=generator)].view(tensor.shape)
