from html.parser import HTMLParser

import pandas as pd
import pytest

from warmstart.reports.table_formats import FORMATS

ROWS = pd.DataFrame(
    {
        "dataset": ["a_b & <c>|50%", "läsionen"],
        "roles": ["source", ""],
        "images": [12_345, 20],
        "classes": [1_000, 2],
        "smallest_class": [3, 10],
        "largest_class": [1_300, 10],
        "width_min": [72, 96],
        "height_min": [72, 96],
        "width_max": [2916, 96],
        "height_max": [2583, 96],
        "channels": [1, 3],
        "groups": [None, 1_374],
    }
)


def test_csv_holds_every_column_as_it_is():
    lines = FORMATS["csv"](ROWS).splitlines()
    assert lines[0] == ",".join(ROWS.columns)
    assert lines[1] == "a_b & <c>|50%,source,12345,1000,3,1300,72,72,2916,2583,1,"


def test_markdown():
    plain = FORMATS["markdown"](ROWS).translate({0xD7: "x", 0x2013: "-"})
    assert plain == (
        "| Dataset | Used as | Images | Classes | Images per class | Image size | Channels | "
        "Groups |\n"
        "|---|---|---:|---:|---|---|---:|---:|\n"
        "| a_b & <c>\\|50% | source | 12,345 | 1,000 | 3 to 1,300 | 72 x 72 to 2916 x 2583 | 1 | "
        "unknown |\n"
        "| läsionen | - | 20 | 2 | 10 | 96 x 96 | 3 | 1,374 |\n"
    )


def test_latex_is_escaped_and_needs_booktabs_only():
    assert FORMATS["latex"](ROWS) == (
        "% \\usepackage{booktabs}\n"
        "\\begin{tabular}{llrrllrr}\n"
        "\\toprule\n"
        "Dataset & Used as & Images & Classes & Images per class & Image size & Channels & Groups "
        "\\\\\n"
        "\\midrule\n"
        "a\\_b \\& \\textless{}c\\textgreater{}\\textbar{}50\\% & source & 12,345 & 1,000 & 3 to "
        "1,300 & 72 $\\times$ 72 to 2916 $\\times$ 2583 & 1 & unknown \\\\\n"
        "läsionen & -- & 20 & 2 & 10 & 96 $\\times$ 96 & 3 & 1,374 \\\\\n"
        "\\bottomrule\n"
        "\\end{tabular}\n"
    )


@pytest.mark.parametrize("character", "&%$#_{}\\~^<>")
def test_no_character_of_latex_is_left_bare(character):
    text = FORMATS["latex"](ROWS.assign(dataset=f"a{character}b"))
    cell = text.splitlines()[5].split(" & ")[0]
    assert cell.startswith("a\\")
    assert cell.endswith("b")


class Cells(HTMLParser):
    """Collects the texts of cells."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag in ("td", "th"):
            self.found.append("")

    def handle_data(self, data):
        if self.found:
            self.found[-1] += data.strip()


def test_html_is_escaped():
    page = FORMATS["html"](ROWS)
    assert "<c>" not in page
    reader = Cells()
    reader.feed(page)
    assert len(reader.found) == 3 * 8
    assert reader.found[8] == "a_b & <c>|50%"
    assert '<td class="n">12,345</td>' in page
