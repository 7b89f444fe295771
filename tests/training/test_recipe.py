import subprocess
import sys

import pytest
from pydantic import ValidationError

from warmstart.training.recipe import Recipe


def test_a_recipe_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Recipe().epochs = 3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epoch", 3),
        ("epochs", 0),
        ("epochs", 1.5),
        ("epochs", True),
        ("batch_size", 0),
        ("optimizer", "Adam"),
        ("learning_rate", 0.0),
        ("learning_rate", "1e-3"),
        ("weight_decay", -1.0),
        ("dropout", 1.0),
        ("image_size", 7),
        ("fit", "stretch"),
    ],
)
def test_what_no_training_can_use_is_refused(key, value):
    with pytest.raises(ValidationError):
        Recipe(**{key: value})


def test_a_recipe_loads_no_torch():
    code = "import sys, warmstart.training.recipe; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "timm"} & set(done.stdout.split())
