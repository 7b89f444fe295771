"""The network that a run starts from: a function of its key, and of the weights it names."""

from pathlib import Path

from torch import nn

from warmstart.core.identity import seed_of
from warmstart.models.architectures import build_network
from warmstart.models.pretrained import load_backbone, read_tensors
from warmstart.models.starts import Start
from warmstart.models.transforms import apply_transform


def network_at_start(
    network: str, outputs: int, *, key: str, start: Start, weights: Path | None
) -> nn.Module:
    """Build a network with the weights it starts from; the linear layer is always new.

    Args:
        network: Name of the network.
        outputs: How many outputs it has.
        key: The run's key, which seeds everything that is drawn.
        start: Where the weights come from, and what is done to them first.
        weights: File of these weights; ``None`` for random initialisation.

    Raises:
        WeightsError: If the weights cannot be read, or do not fit the network.
        ConfigError: If the network has no stage that the transform names.
    """
    model = build_network(network, outputs, seed=seed_of(key, "weights"))
    if weights is None:
        return model
    tensors = read_tensors(weights)
    if start.transform is not None:
        seed = seed_of(key, "transform")
        tensors = apply_transform(start, network, tensors, random=model.state_dict(), seed=seed)
    load_backbone(model, tensors, what=weights.parent.name, network=network)
    return model
