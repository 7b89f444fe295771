"""Where a network's weights come from, as one spec string. Torch-free."""

from dataclasses import dataclass
from typing import Literal

from warmstart.core.names import hint
from warmstart.errors import ConfigError

Kind = Literal["random", "timm", "file", "dataset"]

_KINDS: dict[str, tuple[Kind, bool | None, str]] = {
    "random": ("random", False, "random"),
    "timm": ("timm", None, "timm or timm:TAG"),
    "file": ("file", True, "file:PATH"),
    "dataset": ("dataset", True, "dataset:NAME"),
}
_FORMS = ", ".join(form for _, _, form in _KINDS.values())


@dataclass(frozen=True, slots=True)
class Start:
    """A parsed start: ``random``, ``timm``, ``timm:TAG``, ``file:PATH`` or ``dataset:NAME``."""

    kind: Kind
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.argument}" if self.argument else self.kind


def parse_start(spec: str) -> Start:
    """Read a spec string.

    Raises:
        ConfigError: If the spec has none of the known forms.

    Example:
        >>> parse_start("dataset:photos")
        Start(kind='dataset', argument='photos')
    """
    word, colon, argument = spec.partition(":")
    if word not in _KINDS:
        raise ConfigError(f"Unknown start {spec!r}.{hint(word, _KINDS)} Known: {_FORMS}.")
    kind, takes_argument, form = _KINDS[word]
    if (takes_argument is True and not argument) or (takes_argument is False and colon):
        raise ConfigError(f"The start {spec!r} should read {form}.")
    return Start(kind, argument)
