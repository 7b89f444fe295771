import pandas as pd

from warmstart.reports.html_table import html_table


def test_cells_and_headings_are_escaped():
    frame = pd.DataFrame({"<b>": ["<script>alert(1)</script>"], "n": [1]})
    html = html_table(frame)
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_columns_without_a_value_are_left_out():
    frame = pd.DataFrame({"source": ["a"], "label": [""], "groups": [pd.NA]})
    assert "label" not in html_table(frame)
    assert "groups" not in html_table(frame)
