"""How one network is trained. Torch-free, so that a study can be planned without it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Recipe(BaseModel):
    """How one network is trained.

    Attributes:
        epochs: Passes over the training images.
        batch_size: Images per step; the batches of an epoch are of nearly equal size.
        optimizer: ``"adam"``, ``"adamw"`` or ``"sgd"`` (momentum 0.9).
        learning_rate: Step size at the start.
        schedule: ``"constant"``, or ``"cosine"`` down to zero over all steps.
        weight_decay: Decoupled for adamw, an L2 penalty otherwise.
        augment: ``"light"`` as in *Cats, not CAT scans* (rotation up to 10 degrees, shifts up to
            a tenth, horizontal flip, edges repeated) or ``"none"``.
        class_weights: ``"balanced"`` weighs the loss of class k by n / (K n_k); or ``"none"``.
        dropout: Share of the pooled features set to zero before the linear layer.
        image_size: Height and width, in pixels, that the network sees.
        fit: How an image becomes square: ``"squash"``, ``"crop"`` the centre, or ``"pad"``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    epochs: Count = 10
    batch_size: Annotated[int, Field(ge=1, le=65536)] = 32
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: Positive = 3e-4
    schedule: Literal["constant", "cosine"] = "cosine"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    augment: Literal["light", "none"] = "light"
    class_weights: Literal["balanced", "none"] = "balanced"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    image_size: Annotated[int, Field(ge=8, le=4096)] = 64
    fit: Literal["squash", "crop", "pad"] = "squash"


PRETRAIN_DEFAULTS = {"epochs": 20, "learning_rate": 1e-3}
"""Where the recipe of pretraining differs from that of fine-tuning: it starts from nothing."""
RANDOM_EPOCHS = 3
"""Random initialisation, the baseline, is given this many times the epochs unless told."""
