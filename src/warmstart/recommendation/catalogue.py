"""Published tables an atlas can start from: where they are, and what they must be.

The user fetches them; they are not ours to ship. Tables whose published file has no fixed address
are read from a clone of their repository instead.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from warmstart.core.names import lookup
from warmstart.data.download import Progress, download
from warmstart.data.releases import Release

_RAW = "https://raw.githubusercontent.com"
_MEDICAL = (
    f"{_RAW}/niclasclassen/transferability-in-medical-imaging/"
    "bf4057512c65b79816a3cf736830c3f6dad29bdf/results"
)
_REVISITING = (
    f"{_RAW}/DovileDo/revisiting-transfer/33eace2d917e10e96adf93dd295f1b6625000180/results"
)
_PARC = f"{_RAW}/dbolya/parc/b05d06288203905d2a57f19ddb83edddc80c182c/oracles"

_FILES = {
    "transferability-in-medical-imaging": (
        _MEDICAL,
        {
            "AUCs_dataset.csv": "c1c6934383b0f9efa2931806fd89d3f2739d6630caeae5c9f6fd78177c04cf8c",
            "fu_dataset.csv": "9a3c46f654827207a2a22d9ef069fb07b4f70090c22bbf0e5fe2b34acb395c4c",
            "leep_dataset.csv": "cf6c4deace60bc731336b6e7d1d76d473bcaf65fca5e2dd6675fb66ebf0744da",
            "logme_dataset.csv": "049bf22d17046262fcc7f7d0114752d6d6c4074c4e8dcbee35e47a681edbccff",
            "lp_dataset.csv": "cec5f657011d7e05bdc709bda1585cdffe08df7e23ce4e59b89808bd45caebae",
            "ncti_dataset.csv": "578787fb6950b73cb292d0eca9b73f633b296cc5f941bd14e43bcb011fdcf128",
            "nleep_dataset.csv": "9af8a7c10e15356689cacf7e6fd6994ed61cc483f2c53989a76c01a332fdff20",
            "parc_dataset.csv": "fd74c90f32e941210e5f65a5b9a7add5f78a3da46a561a9e1c067f0426ca74ba",
            "sfda_dataset.csv": "624770f8b881301c3ec702adc01f63113f9e8b225854eb2e6fd9eec5b021672d",
        },
    ),
    "revisiting-transfer": (
        _REVISITING,
        {"AUC.csv": "c8de925bd22d7dc3eb2c4082bbb30aa682d83cf7346a1a25fd0b07df3d26a62b"},
    ),
    "parc": (
        _PARC,
        {"controlled.csv": "07db47bb908ab6e2639f87f35b74f08ed1c39b3225b05daa913cc4fa468ed8f2"},
    ),
}

CATALOGUE: Mapping[str, tuple[Release, ...]] = MappingProxyType(
    {
        name: tuple(
            Release(
                name=f"{name} {file}",
                reader="",
                file=file,
                address=f"{address}/{file}",
                checksum=f"sha256:{digest}",
            )
            for file, digest in files.items()
        )
        for name, (address, files) in _FILES.items()
    }
)
"""Files of every published study that can be fetched, by the study's name."""


def fetch(
    name: str,
    folder: Path,
    *,
    catalogue: Mapping[str, tuple[Release, ...]] = CATALOGUE,
    progress: Progress | None = None,
) -> Path:
    """Return a folder with the files of a published study, fetched unless they are there.

    Args:
        name: Of the study.
        folder: Where folders of studies lie.
        catalogue: What can be fetched.
        progress: See `warmstart.data.download.download`.

    Raises:
        UnknownNameError: If the catalogue has no such study.
        DataError: If a file cannot be fetched, or is not what was published.
    """
    files = lookup("published study", name, catalogue)
    for file in files:
        download(file, folder / name, progress=progress)
    return folder / name
