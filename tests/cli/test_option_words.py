"""Arguments of Python are options on the command line."""

import inspect

import pytest

import warmstart
from warmstart.cli import option_words as module
from warmstart.cli.option_words import option_words


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("most is 2, but there are 3.", "--scored is 2, but there are 3."),
        ("data_root is ''; a path.", "--data-root is ''; a path."),
        ("columns: unknown key 'x'.", "--set: unknown key 'x'."),
        ("columns or settings: unknown key 'x'.", "--set: unknown key 'x'."),
        ("columns['label_column'] names a column.", "--label-column names a column."),
        ("give it with settings={'window': [0, 4095]}.", "give it with --set 'window=[0, 4095]'."),
        ("give it with settings={'extension': '.png'}.", "give it with --set extension=.png."),
        ("with settings={'class_names': [...]}.", "with --set 'class_names=[...]'."),
        ("name it with labels=FILE.", "name it with --labels FILE."),
        ("rerun with skip_unreadable=True to", "rerun with --skip-unreadable to"),
        ("device='cuda': no GPU; device='cpu'.", "--device cuda: no GPU; --device cpu."),
        ("download=True fetches weights.", "--download fetches weights."),
    ],
)
def test_arguments_become_options(said, meant):
    assert option_words(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "The atlas is empty.",
        "[finetune] epochs = 0 is wrong.",
        "/data/out=DIR/x does not exist.",
        "protocol.device='cpu' is no key.",
        "lesions: class 'most is 2' has 1 image.",
    ],
)
def test_other_words_stay(said):
    assert option_words(said) == said


def test_every_name_is_that_of_an_argument():
    assert set(module._NAMES) <= set(inspect.signature(warmstart.recommend).parameters)
