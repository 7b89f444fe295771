"""What training from a starting point takes, and how images are shown to it; all computed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from warmstart.models.starts import parse_start
from warmstart.models.weights import Weights
from warmstart.recommendation.starting_points import StartingPoint, common_size
from warmstart.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What training from a starting point takes, and how images are shown to it.

    Attributes:
        parameters: How many numbers the network learns, but for its linear layer.
        memory: Bytes that a training step holds at once; ``None`` where the network does not take
            the image size.
        batch_size: Images of a step.
        image_size: Height and width, in pixels, of the images it sees.
        fit: How images come to that size, as in a recipe.
        mean: Per-channel mean, for values in 0..1, that images are normalised with; ``None`` where
            only the file of weights says it, which is not here.
        std: Per-channel standard deviation.
        native_size: Height and width that the weights were published for; ``None``: nobody says.
    """

    parameters: int
    memory: int | None
    batch_size: int
    image_size: int
    fit: str
    mean: Sequence[float] | None
    std: Sequence[float] | None
    native_size: int | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        told = asdict(self)
        own = {name: told.pop(name) for name in ("parameters", "memory", "batch_size")}
        return own | {"preprocessing": told}


def demands(
    point: StartingPoint, recipe: Recipe, *, wanted: int, weights: Weights | None = None
) -> Demands:
    """Compute what a starting point demands.

    Args:
        point: The starting point.
        recipe: How it is trained.
        wanted: Height and width, in pixels, that images shall have; the next that it takes counts.
        weights: Those that are here; of others what their publisher says is taken.
    """
    from warmstart.models.cost import parameters  # loads PyTorch and timm

    size = common_size([point], wanted)
    mean, std, native = _look(point, weights)
    return Demands(
        parameters=parameters(point.network),
        memory=_memory(point.network, size, recipe.batch_size),
        batch_size=recipe.batch_size,
        image_size=size,
        fit=recipe.fit,
        mean=mean,
        std=std,
        native_size=native,
    )


def _look(
    point: StartingPoint, weights: Weights | None
) -> tuple[Sequence[float] | None, Sequence[float] | None, int | None]:
    """Mean, standard deviation and native size of the images that weights are made for."""
    if weights is not None:
        return weights.mean, weights.std, weights.size
    from warmstart.models import pretrained
    from warmstart.models.architectures import family_of

    start = parse_start(point.start)
    if start.kind == "timm":
        return pretrained.published_look(start, point.network)
    if start.kind in ("hf", "file"):
        return None, None, None
    return (*family_of(point.network).normalisation(point.network), None)


def _memory(network: str, image_size: int, batch_size: int) -> int | None:
    from warmstart.models.memory import training_memory

    try:
        return training_memory(network, image_size, batch_size)
    except Exception:  # at a size that it does not take each network fails in its own way
        return None
