"""What a study file may hold: one frozen value."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

RANDOM = "random"
FULL = "full"
Part = Annotated[dict[str, Any], Field(default_factory=dict)]
"""What a level changes in a recipe; checked against `Recipe` when a study is built."""
Share = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Names = Annotated[tuple[str, ...], Field(min_length=1)]
OneOrMore = str | Names


class Section(BaseModel):
    """A table of the study file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Subset(Section):
    """Some of a dataset's images: official parts, and of these ``n`` or a ``fraction``."""

    parts: tuple[Literal["train", "validation", "test"], ...] | None = None
    n: Count | None = None
    fraction: Share | None = None
    stratified: bool = True
    weights: Literal["class_count"] | None = None
    seed: Seed = 0


class Classes(Section):
    """Some of a dataset's classes, or several merged into one."""

    keep: Names | None = None
    merge: dict[str, Names] | None = None


class Mix(Section):
    """Several datasets made one."""

    datasets: Names
    labels: Literal["united", "apart"] = "united"
    proportions: tuple[Annotated[float, Field(gt=0)], ...] | None = None
    n: Count | None = None
    seed: Seed = 0


class DatasetSection(BaseModel):
    """A dataset: a reader with its root and own options, derived from a parent, or a mixture."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    reader: str | None = None
    root: str | None = None
    derive: str | None = None
    mix: Mix | None = None
    classes: Classes | None = None
    subset: Subset | None = None
    resolution: Annotated[int, Field(ge=1, le=4096)] | None = None
    grayscale: bool = False
    regroup: Literal["none", "duplicates"] | None = None
    window: tuple[float, float] | None = None

    @property
    def options(self) -> dict[str, object]:
        """The reader's own options."""
        return dict(self.model_extra or {})


class SourceSection(Section):
    """What a network knows before it meets the target."""

    start: str = RANDOM
    networks: Names | None = None
    targets: Names | None = None
    pretrain: Part
    finetune: Part


class TargetSection(Section):
    """The dataset whose classification is to be improved."""

    dataset: str
    finetune: Part


class PairSection(Section):
    """What one source-target pair changes in the recipe of fine-tuning."""

    finetune: Part


class ArmSection(Section):
    """How a target is used."""

    train_images: Count | None = None
    tune: Literal["all", "head"] = "all"
    networks: Names | None = None
    sources: Names | None = None
    finetune: Part


class ClaimPlace(Section):
    """Some of the results: a name, or several, on each axis that matters."""

    network: OneOrMore | None = None
    source: OneOrMore | None = None
    arm: OneOrMore | None = None
    stage: Literal["first", "last"] | None = None


class ClaimPair(Section):
    """Two places whose difference another is compared to."""

    compare: ClaimPlace
    to: ClaimPlace


class ClaimSection(Section):
    """Something said about the results, to be judged by them."""

    says: str
    cite: str = ""
    number: Literal["metric", "steps", "kept"] = "metric"
    compare: ClaimPlace = ClaimPlace()
    to: ClaimPlace = ClaimPlace()
    than: tuple[ClaimPair, ...] = ()
    relate: str | None = None
    over: Literal["sources", "networks"] = "sources"
    expect: Literal["higher", "lower", "not_lower", "same", "little"] = "higher"
    within: Annotated[float, Field(ge=0)] | None = None
    on: Names | None = None
    label: str = ""


class Protocol(Section):
    """How sources are compared."""

    folds: Annotated[int, Field(ge=2)] = 5
    split: Literal["kfold", "described", "paper", "official"] = "kfold"
    metric: str = "auc_weighted_ovr"
    baseline: Literal["random", "paper"] = "random"
    baseline_per: Literal["mean", "fold"] = "mean"
    leakage: Literal["report", "refuse", "group"] = "report"
    steps_to_auc: Share | None = None
    threads: Annotated[int, Field(ge=1, le=256)] = 2


class Study(Section):
    """Networks x sources x targets under one protocol."""

    title: str = "Study"
    networks: Names = ("tf_efficientnet_lite0",)
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] = (0,)
    datasets: Annotated[dict[str, DatasetSection], Field(min_length=1)]
    sources: dict[str, SourceSection] = Field(default_factory=dict)
    targets: dict[str, TargetSection] = Field(default_factory=dict)
    pairs: dict[str, PairSection] = Field(default_factory=dict)
    arms: dict[str, ArmSection] = Field(default_factory=lambda: {FULL: ArmSection(finetune={})})
    pretrain: Part
    finetune: Part
    tune: dict[str, Annotated[tuple[Any, ...], Field(min_length=1)]] = Field(default_factory=dict)
    claims: dict[str, ClaimSection] = Field(default_factory=dict)
    protocol: Protocol = Protocol()


def parents_of(study: Study, name: str) -> tuple[str, ...]:
    """The datasets that a dataset is made from directly."""
    section = study.datasets[name]
    if section.mix is not None:
        return section.mix.datasets
    return () if section.derive is None else (section.derive,)
