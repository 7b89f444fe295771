"""Text for people: what comes from outside made fit to be shown, counts and lists in words."""

from collections.abc import Sequence

MOST_CHARACTERS = 400
"""A note longer than this is not read, and hides the others."""


def printable(text: object) -> str:
    r"""Return text on one line, without the control characters that could steer a terminal.

    Every run of white space, line breaks among it, becomes one space.

    Example:
        >>> printable("two\n  lines")
        'two lines'
    """
    line = " ".join(str(text).split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def shortened(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return text of at most ``most`` characters, three dots for what was left out.

    Example:
        >>> shortened("a long story", 9)
        'a long...'
    """
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."


def counted(count: int, one: str, several: str | None = None) -> str:
    """Return a number and what it counts.

    Example:
        >>> counted(1, "class", "classes"), counted(1200, "group")
        ('1 class', '1,200 groups')
    """
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def listed(names: Sequence[str]) -> str:
    """Return one or more names as a sentence lists them.

    Example:
        >>> listed(["a", "b", "c"])
        'a, b and c'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def first_few(names: Sequence[str], most: int) -> str:
    """Return names with commas, and how many more than ``most`` there are.

    Example:
        >>> first_few(["a", "b", "c", "d"], 2)
        'a, b and 2 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
