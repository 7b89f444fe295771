"""Messages that name Python's arguments, said in the options of the command line."""

import re

_NAMES = {
    name: f"--{name.replace('_', '-')}"
    for name in (
        *("labels", "sources", "data_root", "atlas", "budget", "epochs", "image_size", "download"),
        *("skip_unreadable", "device", "out"),
    )
} | {"most": "--scored"}
_NAME = "|".join(_NAMES)
_GIVEN = re.compile(rf"(?<![\w./'-])({_NAME})=('[^']*'|\w+)")
_SUBJECT = re.compile(rf"^({_NAME}) is ")
_COLUMN = re.compile(r"\bcolumns\['(\w+)'\]")
_SETTING = re.compile(r"\bsettings=\{'(\w+)': (\[.*?\]|'[^']*')\}")
_SETTINGS = re.compile(r"^(columns or settings|columns|settings): ")


def option_words(message: str) -> str:
    """Return a message with options where it names arguments.

    Arguments are named as in Python code, ``name=VALUE``, or begin the message: ``name is ...``.

    Example:
        >>> option_words("out is x, which holds another answer; choose another with out=DIR.")
        '--out is x, which holds another answer; choose another with --out DIR.'
    """
    message = _SETTINGS.sub("--set: ", message)
    message = _SUBJECT.sub(lambda found: f"{_NAMES[found[1]]} is ", message)
    message = _COLUMN.sub(lambda found: _option(found[1]), message)
    message = _SETTING.sub(lambda found: _setting(found[1], found[2]), message)
    return _GIVEN.sub(lambda found: _given(found[1], found[2]), message)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _setting(key: str, value: str) -> str:
    if value.startswith("'"):
        return f"--set {key}={value.strip(chr(39))}"
    return f"--set '{key}={value}'"


def _given(name: str, value: str) -> str:
    return _NAMES[name] if value == "True" else f"{_NAMES[name]} {value.strip(chr(39))}"
