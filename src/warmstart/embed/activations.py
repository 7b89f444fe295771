"""What each stage of a network hands to the next."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from warmstart.core.identity import seed_of
from warmstart.embed.probe import Probe
from warmstart.errors import ConfigError
from warmstart.models.stages import Stage, check_stage, stages


@torch.no_grad()
def activations(
    probe: Probe,
    images: NDArray[np.uint8],
    *,
    names: Sequence[str] | None = None,
    places: int | None = None,
    seed: int = 0,
) -> dict[str, NDArray[np.float32]]:
    """Return the activations of stages as rows that comparisons of representations take.

    What a stage hands on is what the next one reads: in a ResNet ``conv1`` after activation and
    pooling. The last stage hands on what is pooled into features.

    Args:
        probe: The network.
        images: Prepared images, uint8 (n, size, size, c).
        names: Names of stages, all by default; see ``models.stages``.
        places: How many places of each map are drawn, each a row of its own, the same for all
            images and for all maps of this size; by default maps are averaged, one row per image.
        seed: Seed of the places.

    Returns:
        By stage, float32 (n, channels) or (n x places, channels).

    Raises:
        ConfigError: If there is no such stage, or a stage hands on no tensor.
        DataError: If the images are not prepared.
    """
    every = stages(probe.network)
    for name in names or ():
        check_stage(probe.network, name)
    wanted = [stage.name for stage in every if names is None or stage.name in names]
    found: dict[str, list[torch.Tensor]] = {name: [] for name in wanted}
    for _, batch in probe.batches(images):
        for name, maps in _handed_on(probe.model, every, batch).items():
            if name in found:
                found[name].append(_rows(maps, places, seed).cpu())
    return {name: torch.cat(parts).numpy() for name, parts in found.items()}


def _handed_on(
    model: nn.Module, every: Sequence[Stage], images: torch.Tensor
) -> Mapping[str, torch.Tensor]:
    """Maps of each stage, (n, channels, places...)."""
    found: dict[str, torch.Tensor] = {}
    hooks = []

    def note(stage: Stage) -> Any:
        def hook(module: nn.Module, inputs: tuple[Any, ...]) -> None:
            if stage.name not in found:
                found[stage.name] = _maps(model, stage, inputs)

        return hook

    for before, after in pairwise(every):
        inside = [m for name, m in model.named_modules() if name and after.holds(name)]
        hooks += [module.register_forward_pre_hook(note(before)) for module in inside]
    try:
        last = model.forward_features(images)  # type: ignore[operator]
    finally:
        for hook in hooks:
            hook.remove()
    return found | {every[-1].name: _maps(model, every[-1], (last,))}


def _maps(model: nn.Module, stage: Stage, inputs: tuple[Any, ...]) -> torch.Tensor:
    """A copy with channels second, because what follows may write into it."""
    maps = inputs[0] if inputs else None
    if not isinstance(maps, torch.Tensor) or maps.ndim < 2:
        raise ConfigError(
            f"The stage {stage.name!r} hands on no single tensor; name the stages to compare."
        )
    channels_last = maps.ndim == 3 or getattr(model, "output_fmt", "NCHW") == "NHWC"
    return (maps.movedim(-1, 1) if channels_last else maps).clone()


def _rows(maps: torch.Tensor, places: int | None, seed: int) -> torch.Tensor:
    flat = maps.flatten(2) if maps.ndim > 2 else maps[:, :, None]
    if places is None:
        return flat.mean(2)
    size = flat.shape[2]
    draw = torch.Generator().manual_seed(seed_of(seed, *maps.shape[2:]))
    chosen = torch.randperm(size, generator=draw)[:places].to(flat.device)
    return flat[:, :, chosen].permute(0, 2, 1).flatten(0, 1)
