"""How one network is trained. Torch-free, so that a study can be planned without it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]

COMBINATION = "recipe_combination"
"""Type of the problems that lie in two keys together: a part of a recipe may well lack one."""
HALVING = ("halving", "halve_once")
"""The schedules that need ``halve_after``."""


class Recipe(BaseModel):
    """How one network is trained.

    Attributes:
        epochs: Passes over the training images.
        batch_size: Images per step; the batches of an epoch are of nearly equal size.
        optimizer: ``"adam"``, ``"adamw"`` or ``"sgd"`` (momentum 0.9).
        learning_rate: Step size at the start.
        schedule: ``"constant"``; ``"cosine"`` down to zero over all steps; ``"halving"``, in
            every epoch after ``halve_after`` half of the epoch before, as the code of *Cats, not
            CAT scans* does; or ``"halve_once"``, one half after ``halve_after``, as its text says.
        weight_decay: Decoupled for adamw, an L2 penalty otherwise.
        augment: ``"light"`` as in *Cats, not CAT scans* (rotation up to 10 degrees, shifts up to
            a tenth, horizontal flip, edges repeated); ``"transfusion"`` as in *Transfusion* (mild
            crop, hue and contrast, flips both ways), ``"transfusion_no_flips"`` for its chest
            images; or ``"none"``.
        class_weights: ``"balanced"`` weighs the loss of class k by n / (K n_k) in a weighted mean
            over the batch; ``"balanced_per_image"`` too, but divides by the number of images, as
            Keras does; or ``"none"``.
        dropout: Share of the pooled features set to zero before the linear layer.
        image_size: Height and width, in pixels, that the network sees.
        fit: How an image becomes square: ``"squash"``, ``"crop"`` the centre, or ``"pad"``.
        halve_after: Epochs at the full learning rate, for the two schedules that halve it.
        warmup_epochs: Over so many epochs the schedule is multiplied by a line that rises from 0.
        label_smoothing: Share of the truth that is spread over all classes, or over yes and no.
        accumulate: Parts a batch is taken in; their gradients add up to that of the batch.
        precision: ``"float32"``; ``"bfloat16"`` for the layers that bear it; or ``"auto"``,
            bfloat16 on a GPU that has it. Predictions are made in float32.
        early_stopping: Epochs without a lower validation loss after which training ends with the
            weights of the best epoch; ``None`` trains all epochs.
        layer_decay: Learning rate of each stage as a share of that of the stage after it.
        freeze_batch_norm: Keep statistics, scale and shift of every batch norm as they came.
        frozen_stages: So many stages, from the first, keep their weights.
        last_stages: Only so many stages, from the last, are trained with the head; ``None``: all.
        augment_strength: Factor on the angles, shifts, crops and jitters of ``augment``; below 1
            flips become rarer too, and with 0 images stay as they are.
        record_every: Steps between two measurements of the AUC during training; ``None``: none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    epochs: Count = 10
    batch_size: Annotated[int, Field(ge=1, le=65536)] = 32
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: Positive = 3e-4
    schedule: Literal["constant", "cosine", "halving", "halve_once"] = "cosine"
    weight_decay: NotNegative = 0.0
    augment: Literal["light", "transfusion", "transfusion_no_flips", "none"] = "light"
    class_weights: Literal["balanced", "balanced_per_image", "none"] = "balanced"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    image_size: Annotated[int, Field(ge=8, le=4096)] = 64
    fit: Literal["squash", "crop", "pad"] = "squash"
    # Whatever is added from here on is part of a question only where it is not the default.
    halve_after: Annotated[Count | None, Field(validate_default=True)] = None
    warmup_epochs: NotNegative = 0.0
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    accumulate: Count = 1
    precision: Literal["float32", "bfloat16", "auto"] = "float32"
    early_stopping: Count | None = None
    layer_decay: Annotated[float, Field(gt=0, le=1)] = 1.0
    freeze_batch_norm: bool = False
    frozen_stages: Annotated[int, Field(ge=0)] = 0
    last_stages: Count | None = None
    augment_strength: NotNegative = 1.0
    record_every: Count | None = None

    @field_validator("halve_after")
    @classmethod
    def _goes_with_the_schedule(cls, value: int | None, info: ValidationInfo) -> int | None:
        schedule = info.data.get("schedule")  # absent where it is wrong itself
        if schedule in HALVING and value is None:
            raise PydanticCustomError(
                COMBINATION,
                'Expected a number of epochs, which schedule = "{schedule}" needs',
                {"schedule": schedule},
            )
        if schedule is not None and schedule not in HALVING and value is not None:
            raise PydanticCustomError(
                COMBINATION,
                'Expected none with schedule = "{schedule}"; only "halving" and "halve_once" '
                "take it",
                {"schedule": schedule},
            )
        return value

    @field_validator("last_stages")
    @classmethod
    def _goes_without_frozen_stages(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and info.data.get("frozen_stages"):
            raise PydanticCustomError(
                COMBINATION,
                "Expected none with frozen_stages = {frozen}; one of the two says it all",
                {"frozen": info.data["frozen_stages"]},
            )
        return value

    def question(self) -> dict[str, Any]:
        """Return what names a run: a key is as old as its recipe, whatever was added since.

        Example:
            >>> "precision" in Recipe().question()
            False
            >>> Recipe(precision="auto").question()["precision"]
            'auto'
        """
        fields = type(self).model_fields
        return {
            name: value
            for name, value in self.model_dump(mode="json").items()
            if name in _FROM_THE_START or value != fields[name].default
        }


_FROM_THE_START = (
    *("epochs", "batch_size", "optimizer", "learning_rate", "schedule", "weight_decay"),
    *("augment", "class_weights", "dropout", "image_size", "fit"),
)
"""The fields of the first recipes, which are in every question."""
PRETRAIN_DEFAULTS = {"epochs": 20, "learning_rate": 1e-3}
"""Where the recipe of pretraining differs from that of fine-tuning: it starts from nothing."""
RANDOM_EPOCHS = 3
"""Random initialisation, the baseline, is given this many times the epochs unless told."""
