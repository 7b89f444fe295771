"""The stages of a timm network, from the groups that timm itself makes of its layers.

timm describes them with regular expressions, in order: the stem, then the blocks by their number;
what no expression knows, or comes after the blocks, is one last stage here.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

Place = tuple[float, ...]
_LAST: Place = (math.inf,)
_WITH_PREVIOUS = 99999.0
"""timm's mark of layers that belong to the group before them."""
_COMMON = {
    "stem": r"^(?:stem|patch_embed|pos_embed|cls_token)",
    "blocks": r"^\w*(?:stages|transformers|blocks|layers)\.(\d+)",
}
"""For the few networks whose groups timm does not describe."""


def stage_names(model: nn.Module, tensors: Sequence[str]) -> dict[str, str]:
    """The stage of each tensor, in order from input to output.

    Args:
        model: A timm network.
        tensors: Names of its parameters and buffers, without those of the linear layer.
    """
    place_of = _matcher(model)
    places = {tensor: place_of(tensor) for tensor in tensors}
    order = sorted(set(places.values()))
    merged = {place: _group(place, order) for place in order}
    groups = list(dict.fromkeys(merged.values()))
    held = {g: [t for t in tensors if merged[places[t]] == g] for g in groups}
    return {
        tensor: _title(number, group, held[group])
        for number, group in enumerate(groups)
        for tensor in held[group]
    }


def _title(number: int, group: Place, tensors: Sequence[str]) -> str:
    if number == 0:
        return "conv1" if any(t.startswith("conv1.") for t in tensors) else "stem"
    return "last" if group == _LAST else f"block{number}"


def _group(place: Place, order: Sequence[Place]) -> Place:
    """The place itself, or the one before where timm counts it as a part of that."""
    while place[-1] == _WITH_PREVIOUS and order[0] < place:
        place = order[order.index(place) - 1]
    return place


def _matcher(model: Any) -> Callable[[str], Place]:
    try:
        described = model.group_matcher(coarse=True)
    except (AttributeError, AssertionError):  # what timm raises where it describes none
        described = _COMMON
    if callable(described):
        return lambda tensor: _as_place(described(tensor))
    rules = _rules(described)
    return lambda tensor: _first_match(rules, tensor)


def _as_place(found: Any) -> Place:
    return tuple(map(float, found)) if isinstance(found, tuple | list) else (float(found),)


_Rule = tuple[int, re.Pattern[str], Place]


def _rules(described: Mapping[str, Any]) -> list[_Rule]:
    found: list[_Rule] = []
    for ordinal, entry in enumerate(described.values()):
        entries = [(entry, None)] if isinstance(entry, str) else entry or ()
        found += [(ordinal, re.compile(text), tuple(suffix or ())) for text, suffix in entries]
    return found


def _first_match(rules: Sequence[_Rule], tensor: str) -> Place:
    for ordinal, pattern, suffix in rules:
        match = pattern.match(tensor)
        if match is not None:
            if suffix == (_WITH_PREVIOUS,) and not pattern.groups:
                return _LAST  # after all blocks
            numbers = [float(number) for number in match.groups() if number is not None]
            return (float(ordinal), *numbers, *suffix)
    return _LAST
