"""Which image sizes a network takes. Loads PyTorch only when asked."""

from functools import cache

from warmstart.errors import ConfigError

_REACH = 64
"""How far above a size that does not work the nearest one that does is looked for, in pixels."""


@cache
def check_image_size(network: str, size: int) -> None:
    """Refuse an image size that a network cannot take; computes shapes, and no image.

    Raises:
        ConfigError: If the network cannot take it; names the nearest sizes that it takes.
        UnknownNameError: If no family knows the network.
    """
    if _takes(network, size):
        return
    published = _published_size(network)
    above = next((s for s in range(size + 1, size + 1 + _REACH) if _takes(network, s)), None)
    if above is None and published and published > size and _takes(network, published):
        above = published
    below = next((s for s in range(size - 1, 0, -1) if _takes(network, s)), None)
    if above is None and below is None:
        return  # shapes cannot be told without images; the run will say
    if below is None:
        what = f"is too small for the network {network!r}, whose smallest size is {above} px."
    else:
        nearest = " and ".join(f"{s} px" for s in (below, above) if s is not None)
        what = f"does not suit the network {network!r}; the nearest that does: {nearest}."
    raise ConfigError(f"image_size = {size} {what}")


@cache
def _takes(network: str, size: int) -> bool:
    import torch

    from warmstart.models.architectures import skeleton

    images = torch.zeros(1, 3, size, size, device="meta")
    try:
        with torch.no_grad():
            skeleton(network)(images)
    except Exception:  # each network fails in its own way
        return False
    return True


def _published_size(network: str) -> int | None:
    from warmstart.models.architectures import family_of

    return family_of(network).published_size(network)
