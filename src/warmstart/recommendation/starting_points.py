"""Starting points: networks and the weights they start from, from a catalogue or a study."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warmstart.analysis.cells import Candidate
from warmstart.errors import ConfigError, WarmstartError, WeightsError
from warmstart.models.starts import parse_start
from warmstart.models.weights import resolve_weights, weights_file, weights_here
from warmstart.recommendation.checksum import check_digits, check_file
from warmstart.studies.messages import describe

_KEY = "starting_points"


class StartingPoint(BaseModel):
    """A network and the weights it starts from.

    Attributes:
        source: What was learned before.
        network: Name of the network.
        start: Where the weights come from, as in a study file.
        trained_on: Images the weights were trained on, in words.
        licence: Of the weights, as their publisher states it.
        megabytes: Size of the file of weights; 0 where nothing is fetched, or nobody says.
        address: Where they are from.
        sha256: SHA-256 of the file that the start names, or its first digits, eight at least; empty
            where its publisher states none.
        multiple: Image sizes must be multiples of so many pixels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source: Annotated[str, Field(min_length=1)]
    network: Annotated[str, Field(min_length=1)]
    start: str
    trained_on: str = ""
    licence: str = ""
    megabytes: Annotated[float, Field(ge=0, strict=False)] = 0.0
    address: str = ""
    sha256: str = ""
    multiple: Annotated[int, Field(ge=1)] = 1

    @property
    def candidate(self) -> Candidate:
        """Network and source, as the atlas names it."""
        return self.network, self.source

    @property
    def name(self) -> str:
        """What sentences call it."""
        return candidate_name(self.candidate)

    @property
    def download(self) -> str:
        """What fetching it is called."""
        return f"a download of {self.megabytes:g} MB" if self.megabytes else "a download"


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A starting point that cannot be started from here, and what that would need."""

    point: StartingPoint
    needs: str


class _Catalogue(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    starting_points: Annotated[list[StartingPoint], Field(min_length=1)]


def candidate_name(candidate: Candidate) -> str:
    """What sentences and verification call a network with a source."""
    network, source = candidate
    return f"{source} with {network}"


def common_size(points: Sequence[StartingPoint], wanted: int) -> int:
    """The smallest image size that all take and that is not below the wanted one, in pixels."""
    multiple = math.lcm(*(point.multiple for point in points))
    return multiple * math.ceil(wanted / multiple)


def read_catalogue(path: Path | None = None) -> list[StartingPoint]:
    """Read a catalogue of starting points; by default the one that ships.

    A file of weights that it names is relative to it.

    Raises:
        ConfigError: If it cannot be read, or holds anything it should not, such as a network or
            weights that nobody knows; names the row.
    """
    shipped = resources.files("warmstart.recommendation") / "starting_points.toml"
    where = "the catalogue" if path is None else str(path)
    try:
        text = (shipped if path is None else path).read_text("utf-8")
        found = _Catalogue.model_validate(tomllib.loads(text)).starting_points
    except OSError as error:
        raise ConfigError(f"Cannot read {where}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where} is not a TOML file: {error}.") from error
    except ValidationError as error:
        row, *_ = error.errors()
        fields = StartingPoint.model_fields if _KEY in row["loc"] else [_KEY]
        raise ConfigError(f"{where}: {describe(row, _place(row['loc']), fields)}") from None
    _check(found, where)
    return found if path is None else [_absolute(point, path.parent) for point in found]


def present(
    points: Sequence[StartingPoint], *, cache: Path, root: Path
) -> tuple[list[StartingPoint], list[Missing]]:
    """Split starting points into those whose weights are on this machine, and the others.

    Args:
        points: Starting points that pretraining in a study has no part in.
        cache: Where weights are kept.
        root: Folder that a relative ``file:`` start is relative to.
    """
    here, missing = [], []
    for point in points:
        needs = _needs(point, cache, root)
        if needs:
            missing.append(Missing(point=point, needs=needs))
        else:
            here.append(point)
    return here, missing


def _needs(point: StartingPoint, cache: Path, root: Path) -> str:
    start = parse_start(point.start)
    if start.kind == "file":
        try:
            path = weights_file(start, root)
        except WeightsError:
            return f"the file {Path(start.argument).name}{_from(point)}"
        try:
            check_file(path, point.sha256)
            resolve_weights(start, point.network, cache=cache, root=root)
        except WeightsError as error:
            return f"another file{_from(point)}: {str(error).rstrip('.')}"
    elif start.kind != "random" and not weights_here(start, point.network, cache=cache, root=root):
        return f"{point.download}{_from(point)}"
    return ""


def _from(point: StartingPoint) -> str:
    return f" from {point.address}" if point.address else ""


def _check(points: Sequence[StartingPoint], where: str) -> None:
    starts: dict[str, str] = {}
    seen = set()
    for number, point in enumerate(points, start=1):
        try:
            _check_row(point)
        except WarmstartError as error:
            row = f"[{_KEY}, row {number}] {point.name}"
            raise ConfigError(f"{where}: {row}: {error}") from error
        if point.candidate in seen:
            raise ConfigError(f"{where}: {point.name} is there twice; take one of the rows out.")
        seen.add(point.candidate)
        if starts.setdefault(point.source, point.start) != point.start:
            raise ConfigError(
                f"{where}: the source {point.source!r} starts from {starts[point.source]!r} and "
                f"from {point.start!r}; give one of them another name."
            )


def _check_row(point: StartingPoint) -> None:
    """Refuse a network, a start or weights that nobody knows, and a network without a head."""
    start = parse_start(point.start)
    if start.kind == "dataset":
        raise ConfigError(
            f"it starts from {point.start!r}, but a catalogue has no datasets; name the study "
            "that pretrains on it with sources=STUDY."
        )
    check_digits(point.sha256, start)
    from warmstart.models.architectures import skeleton  # loads PyTorch and timm
    from warmstart.models.pretrained import published_tag

    skeleton(point.network)
    if start.kind == "timm":
        published_tag(start, point.network)


def _absolute(point: StartingPoint, folder: Path) -> StartingPoint:
    """With a path that is relative to the catalogue made absolute."""
    start = parse_start(point.start)
    if start.kind != "file":
        return point
    path = (folder / Path(start.argument).expanduser()).absolute()
    return point.model_copy(update={"start": point.start.replace(start.argument, str(path))})


def _place(location: tuple[int | str, ...]) -> str:
    rows = [part for part in location if isinstance(part, int)]
    return f"{_KEY}, row {rows[0] + 1}" if rows else ""
