"""Where a network's weights come from, as one spec string. Torch-free.

A start names weights (``timm``, ``file:PATH``, ...) and may say what is done to them first, in
front: ``mean-var:timm`` keeps of each tensor the mean and variance only. What is done is applied
anew in every run, with draws of the run's own seed.
"""

import re
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

from warmstart.core.names import hint
from warmstart.errors import ConfigError

Kind = Literal["random", "timm", "hf", "file", "dataset"]
TransformName = Literal["mean-var", "sampled", "shuffled", "transfuse", "gabor"]
BatchNorm = Literal["identity", "resample", "copy"]

_KINDS: dict[str, tuple[Kind, bool | None, str]] = {
    "random": ("random", False, "random"),
    "timm": ("timm", None, "timm or timm:TAG"),
    "hf": ("hf", True, "hf:OWNER/NAME"),
    "file": ("file", True, "file:PATH"),
    "dataset": ("dataset", True, "dataset:NAME"),
}
_TRANSFORMS: dict[str, tuple[TransformName, str]] = {
    "mean-var": ("mean-var", "mean-var:SPEC"),
    "sampled": ("sampled", "sampled:SPEC"),
    "shuffled": ("shuffled", "shuffled:SPEC"),
    "transfuse": ("transfuse", "transfuse:SPEC@STAGE"),
    "gabor": ("gabor", "gabor:SPEC"),
}
_WITH_BATCH_NORM = ("mean-var", "sampled", "shuffled")
_FORMS = ", ".join([f for _, _, f in _KINDS.values()] + [f for _, f in _TRANSFORMS.values()])
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


@dataclass(frozen=True, slots=True)
class Transform:
    """What is done to weights before a network starts from them.

    Attributes:
        name: Which transform.
        batch_norm: What becomes of normalisation layers: ``"identity"`` resets them,
            ``"resample"`` treats them as all other tensors, ``"copy"`` keeps them.
        upto: The last stage of the network that ``transfuse`` copies.
    """

    name: TransformName
    batch_norm: BatchNorm = "identity"
    upto: str = ""

    @property
    def identity(self) -> dict[str, str]:
        """What belongs into the question of a run."""
        kept = ("name", *(("batch_norm",) if self.name in _WITH_BATCH_NORM else ()))
        return {k: v for k, v in asdict(self).items() if k in kept or (k == "upto" and v)}


@dataclass(frozen=True, slots=True)
class Start:
    """A parsed start: where weights come from, and what is done to them.

    Attributes:
        kind: ``"random"``, ``"timm"``, ``"hf"``, ``"file"`` or ``"dataset"``.
        argument: What the spec names behind the kind: a tag, a repository, a path, a dataset.
        transform: What is done to the weights; ``None`` to take them as they are.
    """

    kind: Kind
    argument: str = ""
    transform: Transform | None = None

    @property
    def base(self) -> "Start":
        """The start without its transform: where the weights come from."""
        return replace(self, transform=None)

    def __str__(self) -> str:
        plain = f"{self.kind}:{self.argument}" if self.argument else self.kind
        done = self.transform
        if done is None:
            return plain
        option = "" if done.batch_norm == "identity" else f"(bn={done.batch_norm})"
        return f"{done.name}{option}:{plain}" + (f"@{done.upto}" if done.upto else "")


def parse_start(spec: str) -> Start:
    """Read a spec string.

    Raises:
        ConfigError: If the spec has none of the known forms.

    Example:
        >>> parse_start("transfuse:dataset:photos@block1").transform
        Transform(name='transfuse', batch_norm='identity', upto='block1')
    """
    word = _first_word(spec)
    if word in _TRANSFORMS:
        return _transformed(spec)
    if word not in _KINDS or "(" in spec.partition(":")[0]:
        known = [*_KINDS, *_TRANSFORMS]
        raise ConfigError(f"Unknown start {spec!r}.{hint(word, known)} Known: {_FORMS}.")
    return _plain(spec)


def _first_word(spec: str) -> str:
    return re.split(r"[:(]", spec, maxsplit=1)[0]


def _plain(spec: str) -> Start:
    word, colon, argument = spec.partition(":")
    kind, takes_argument, form = _KINDS[word]
    if (takes_argument is True and not argument) or (takes_argument is False and colon):
        raise ConfigError(f"The start {spec!r} should read {form}.")
    if kind == "hf" and not _HUB_NAME.fullmatch(argument):
        raise ConfigError(f"The start {spec!r} should read {form}.")
    return Start(kind, argument)


def _transformed(spec: str) -> Start:
    front, _, inner = spec.partition(":")
    name, form = _TRANSFORMS[_first_word(spec)]
    batch_norm = _batch_norm_of(spec, front, name)
    upto = ""
    if name == "transfuse":
        inner, _, upto = inner.rpartition("@")
    if not inner or (name == "transfuse" and not upto):
        raise ConfigError(f"The start {spec!r} should read {form}.")
    base = parse_start(inner)
    if base.kind == "random" or base.transform is not None:
        weights = ", ".join(form for word, (_, _, form) in _KINDS.items() if word != "random")
        raise ConfigError(
            f"The start {spec!r} should read {form}, where SPEC names weights: {weights}."
        )
    return replace(base, transform=Transform(name, batch_norm, upto))


def _batch_norm_of(spec: str, front: str, name: TransformName) -> BatchNorm:
    if front == name:
        return "identity"
    choices = get_args(BatchNorm)
    options: dict[str, BatchNorm] = {f"{name}(bn={choice})": choice for choice in choices}
    if name not in _WITH_BATCH_NORM or front not in options:
        allowed = " or ".join(f"(bn={choice})" for choice in choices)
        takes = f"behind its name only {allowed}" if name in _WITH_BATCH_NORM else "no option"
        raise ConfigError(f"The start {spec!r}: {name} takes {takes}.")
    return options[front]
