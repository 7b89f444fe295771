import subprocess
import sys

import pytest

from warmstart.errors import ConfigError
from warmstart.models.starts import Start, parse_start

FORMS = "Known: random, timm or timm:TAG, file:PATH, dataset:NAME."


@pytest.mark.parametrize(
    ("spec", "start"),
    [
        ("random", Start("random")),
        ("timm", Start("timm")),
        ("timm:a1_in1k", Start("timm", "a1_in1k")),
        ("file:weights/net.safetensors", Start("file", "weights/net.safetensors")),
        ("file:C:/weights/net.pth", Start("file", "C:/weights/net.pth")),
        ("dataset:photos", Start("dataset", "photos")),
    ],
)
def test_every_form_is_read_and_written_back(spec, start):
    assert parse_start(spec) == start
    assert str(start) == spec


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("tim", f"Unknown start 'tim'. Did you mean 'timm'? {FORMS}"),
        ("datset:photos", f"Unknown start 'datset:photos'. Did you mean 'dataset'? {FORMS}"),
        ("https://x/y", f"Unknown start 'https://x/y'. {FORMS}"),
        ("", f"Unknown start ''. {FORMS}"),
        ("file", "The start 'file' should read file:PATH."),
        ("file:", "The start 'file:' should read file:PATH."),
        ("dataset", "The start 'dataset' should read dataset:NAME."),
        ("random:3", "The start 'random:3' should read random."),
        ("random:", "The start 'random:' should read random."),
    ],
)
def test_any_other_form_is_refused_in_one_line(spec, text):
    with pytest.raises(ConfigError) as raised:
        parse_start(spec)
    assert str(raised.value) == text


def test_reading_a_start_loads_no_torch():
    code = "import sys, warmstart.models.starts, warmstart.models.weights; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "timm", "numpy"} & set(done.stdout.split())
