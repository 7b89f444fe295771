import pandas as pd
import pytest

from warmstart.reports.cell_texts import MISSING, cell_text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("mean", 0.84249, "0.842"),
        ("test_auc", float("nan"), MISSING),
        ("transferability_low", -3.26, "\N{MINUS SIGN}3.3 %"),
        ("transferability", 0.04, "0.0 %"),
        ("learning_rate", 1e-3, "0.001"),
        ("seconds", 750.0, "12 min"),
        ("images", 12345, "12,345"),
        ("seed", 12345, "12345"),
        ("converged", True, "yes"),
        ("groups", pd.NA, MISSING),
        ("augment", ["flip", "crop"], "flip, crop"),
    ],
)
def test_cells_are_formatted_by_what_they_are(name, value, text):
    assert cell_text(name, value) == text
