"""A published number beside the same number computed again."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

EXACT = 1e-6
"""Largest difference of numbers that were published in full."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """One line of a match table.

    Attributes:
        quantity: What the number is.
        published: The number as published; none where only words are.
        recomputed: The number from the published tables; none where they do not hold it.
        decimals: To how many decimals it was published; in full where not given.
        says: What the publication says it is.
        finding: What it is.
        needs: What is missing to compute it.
    """

    quantity: str
    published: float | None = None
    recomputed: float | None = None
    decimals: int | None = None
    says: str = ""
    finding: str = ""
    needs: str = ""

    @property
    def agrees(self) -> str:
        """``"yes"``, ``"no"``, what is needed, or nothing where there is nothing to compare."""
        if self.needs:
            return f"needs {self.needs}"
        if self.published is None or self.recomputed is None:
            return ""
        if math.isnan(self.recomputed):
            return "no"
        room = EXACT if self.decimals is None else 0.5 * 10**-self.decimals + 1e-9
        return "yes" if abs(self.published - self.recomputed) <= room else "no"


def match_table(matches: Iterable[Match]) -> pd.DataFrame:
    """Columns quantity, published, recomputed, agrees, says, finding."""
    rows = [asdict(match) | {"agrees": match.agrees} for match in matches]
    columns = ["quantity", "published", "recomputed", "agrees", "says", "finding"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"published": float, "recomputed": float})
