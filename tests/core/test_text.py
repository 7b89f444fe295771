import pytest

from warmstart.core.text import printable, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe, 写真 \u2212 1", "Größe, 写真 \u2212 1"),
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("one\r\ntwo\n\nthree\n", "one two three"),
        ("right\u202eleft", "right\ufffdleft"),
        (3, "3"),
    ],
)
def test_text_is_one_line_that_cannot_steer_a_terminal(text, shown):
    assert printable(text) == shown


def test_only_what_is_too_long_is_shortened():
    assert shortened("x" * 400) == "x" * 400
    assert shortened("x" * 401) == "x" * 397 + "..."
