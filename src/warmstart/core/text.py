"""Text from outside, made fit to be shown."""

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
