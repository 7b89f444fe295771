"""The published studies whose numbers can be computed again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from warmstart.analysis.published import (
    cats_scans_matches,
    medical_transferability_matches,
    parc_matches,
    revisiting_transfer_matches,
)
from warmstart.analysis.published.matches import Match


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published study.

    Attributes:
        name: What users call it.
        title: The publication.
        address: Where its tables are.
        matches: From a folder of its tables, or a clone of its repository, to the lines of the
            match table.
    """

    name: str
    title: str
    address: str
    matches: Callable[[Path], Iterable[Match]]


_ROWS = (
    Published(
        name="cats-not-cat-scans",
        title="van den Brandt et al., Cats, not CAT scans, 2021, arXiv 2107.05940",
        address="https://github.com/vcheplygina/cats-scans",
        matches=cats_scans_matches.matches,
    ),
    Published(
        name="revisiting-transfer",
        title="Juodelyte et al., Revisiting Hidden Representations in Transfer Learning for "
        "Medical Imaging, TMLR 2023",
        address="https://github.com/DovileDo/revisiting-transfer",
        matches=revisiting_transfer_matches.matches,
    ),
    Published(
        name="transferability-in-medical-imaging",
        title="Juodelyte et al., On dataset transferability in medical image classification, "
        "2024, arXiv 2412.20172",
        address="https://github.com/niclasclassen/transferability-in-medical-imaging",
        matches=medical_transferability_matches.matches,
    ),
    Published(
        name="parc",
        title="Bolya et al., Scalable Diverse Model Selection for Accessible Transfer Learning, "
        "NeurIPS 2021",
        address="https://github.com/dbolya/parc",
        matches=parc_matches.matches,
    ),
)
PUBLISHED: Mapping[str, Published] = MappingProxyType({study.name: study for study in _ROWS})
