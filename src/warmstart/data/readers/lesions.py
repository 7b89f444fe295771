"""What ISIC 2018 Task 3 and HAM10000 share: the same 10,015 images of the same lesions."""

from collections.abc import Mapping
from types import MappingProxyType

METADATA = ("HAM10000_metadata.csv", "HAM10000_metadata.tab", "HAM10000_metadata")
"""Names of the table of lesions: at Kaggle, and as Harvard Dataverse gives it."""

PUBLISHED: Mapping[str, int] = MappingProxyType(
    {"akiec": 327, "bcc": 514, "bkl": 1099, "df": 115, "mel": 1113, "nv": 6705, "vasc": 142}
)
"""Images of each class."""
