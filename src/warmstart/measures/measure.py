"""What a measure is: a row of the table of measures."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

Kind = Literal["score", "distance", "property", "representation"]
"""How well a network suits a target; how unlike two datasets are; what one dataset is like; how
alike two representations of the same images are."""

Need = Literal[
    "features",
    "labels",
    "source_probabilities",
    "embedding",
    "answers",
    "images",
    "sizes",
    "activations",
]
"""What an argument is: features (n, d), labels (n,) or (n, L), class probabilities of the source's
own head (n, z), an embedding (d,), answers of experts, images (n, height, width, channels),
native sizes of images (n, 2), activations of one layer (n, d)."""

Bounds = tuple[float, float]
"""The lowest and the highest value that a measure can have."""
ANY: Bounds = (-math.inf, math.inf)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure: arrays in, one number out.

    Attributes:
        name: What users call it.
        title: What a table calls it.
        kind: What the number is about.
        function: Where the function is, ``"package.module:function"``; imported when it is used.
        needs: What the positional arguments are, in their order; two datasets need everything
            twice: ``("features", "labels", "features", "labels")``.
        higher_is_better: Direction: ``True`` for what suits better or is more alike, ``False`` for
            distances, ``None`` for properties, which are neither good nor bad.
        grouped: Whether images of one patient must be kept together: the function takes
            ``groups``.
        formula: The definition, in plain text.
        range: Which values are possible, in words.
        bounds: The lowest and the highest of them, where they do not depend on the data: intervals
            end there.
        reference: The paper that defines it.
        misleads: When the number says something else than one thinks.
        cost: What it costs, in images n and features d.
    """

    name: str
    title: str
    kind: Kind
    function: str
    needs: tuple[Need, ...]
    higher_is_better: bool | None
    grouped: bool = False
    formula: str
    range: str
    bounds: Bounds = ANY
    reference: str
    misleads: str
    cost: str

    @property
    def compute(self) -> Callable[..., Any]:
        """The function itself."""
        module, _, name = self.function.partition(":")
        return getattr(import_module(module), name)  # type: ignore[no-any-return]
