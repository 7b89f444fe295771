"""A reader's options, told from the dataclass that declares them."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

_WORDS: Mapping[object, str] = {
    str: "text",
    bool: "true or false",
    int: "integer",
    float: "number",
}
_PLURALS: Mapping[object, str] = {str: "texts", int: "integers", float: "numbers"}
_ATTRIBUTE = re.compile(r" {4}(\w+): ?(.*)")


@dataclass(frozen=True, kw_only=True)
class ReaderOption:
    """An option of a reader.

    Attributes:
        name: What a study file calls it.
        kind: Its type, in words.
        default: As TOML; ``"none"`` or ``"required"`` where there is none.
        meaning: One sentence; empty if its reader says none.
    """

    name: str
    kind: str
    default: str
    meaning: str


WINDOW = ReaderOption(
    name="window",
    kind="list of 2 numbers",
    default="none",
    meaning="Black and white of images with more than 8 bits, such as [0, 4095].",
)
"""What every reader takes."""


def reader_options(options: type[Any]) -> tuple[ReaderOption, ...]:
    """Tell the options of a reader from their dataclass; meanings from its ``Attributes:``."""
    meanings = meanings_of(inspect.getdoc(options) or "")
    kinds = get_type_hints(options, include_extras=True)
    return tuple(
        ReaderOption(
            name=field.name,
            kind=kind_of(kinds[field.name]),
            default=_default(field),
            meaning=meanings.get(field.name, ""),
        )
        for field in fields(options)
    )


def meanings_of(docstring: str) -> dict[str, str]:
    r"""The lines below ``Attributes:`` of a docstring, by name.

    Example:
        >>> meanings_of("Title.\n\nAttributes:\n    a: One\n        two.\n    b: Three.")
        {'a': 'One two.', 'b': 'Three.'}
    """
    found: dict[str, str] = {}
    name = ""
    for line in docstring.partition("Attributes:\n")[2].splitlines():
        if line and not line.startswith(" "):  # the next section
            break
        if entry := _ATTRIBUTE.fullmatch(line):
            name = entry[1]
            found[name] = entry[2]
        elif name:
            found[name] = f"{found[name]} {line.strip()}"
    return {name: text.strip() for name, text in found.items()}


def kind_of(annotation: Any) -> str:
    """Say in words what values a type takes; ``None`` among them is not said.

    Example:
        >>> kind_of(tuple[str, ...] | None), kind_of(Literal["a", "b"])
        ('list of texts', '"a" or "b"')
    """
    *most, last = dict.fromkeys(_kinds(annotation))
    return f"{', '.join(most)} or {last}" if most else last


def _kinds(annotation: Any) -> Iterator[str]:
    """The kinds among which a value may choose."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _kinds(arguments[0])
    elif origin is Literal:
        yield from (json.dumps(value, ensure_ascii=False) for value in arguments)
    elif origin in (Union, UnionType):
        for argument in arguments:
            yield from _kinds(argument) if argument is not NoneType else ()
    elif origin in (tuple, list, frozenset, set):
        yield _list(arguments)
    elif origin is not None and issubclass(origin, Mapping):
        yield f"table of {kind_of(arguments[1])}"
    else:
        yield _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _list(arguments: tuple[Any, ...]) -> str:
    several = arguments[-1] is Ellipsis
    item = arguments[0]
    count = "" if several or len(arguments) == 1 else f"{len(arguments)} "
    if item in _PLURALS:
        return f"list of {count}{_PLURALS[item]}"
    return f"list of {count}{kind_of(item)}"


def _default(field: Any) -> str:
    value = field.default if field.default_factory is MISSING else field.default_factory()
    if value is MISSING:
        return "required"
    return "none" if value is None else json.dumps(value, default=str, ensure_ascii=False)


def option_lines(option: ReaderOption) -> Iterator[str]:
    """An option in plain lines."""
    default = option.default if option.default == "required" else f"default {option.default}"
    yield f"  {option.name}: {option.kind}; {default}"
    if option.meaning:
        yield f"      {option.meaning.replace('``', '')}"
