import pandas as pd

from warmstart.reports.figures import FIGURES
from warmstart.reports.save import save_figures


def test_every_figure_is_saved_with_its_table(contents, tmp_path):
    files = save_figures(contents, tmp_path / "figures")
    names = [f"{name}.{suffix}" for name in FIGURES for suffix in ("csv", "svg")]
    assert [file.name for file in files] == names
    for name, figure in FIGURES.items():
        table = pd.read_csv(tmp_path / "figures" / f"{name}.csv")
        assert list(table.columns) == list(figure.columns)
        assert len(table) == len(figure.table(contents))
        assert (tmp_path / "figures" / f"{name}.svg").read_text("utf-8").startswith("<svg")


def test_what_was_not_recorded_is_not_saved(unfinished, tmp_path):
    names = {file.stem for file in save_figures(unfinished, tmp_path)}
    assert names == set(FIGURES) - {"curves", "transfer"}
