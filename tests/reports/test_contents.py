import subprocess
import sys
from dataclasses import replace

import pytest

from warmstart.errors import DataError


def test_a_missing_column_is_named(contents):
    with pytest.raises(DataError) as caught:
        replace(contents, roc=contents.roc.drop(columns="curve"))
    assert str(caught.value) == (
        "The report's table 'roc' lacks the column(s) curve; expected network, source, arm, "
        "target, curve, false_positive_rate, true_positive_rate."
    )


def test_importing_reports_loads_no_drawing_library_and_no_torch():
    heavy = "{'altair', 'vl_convert', 'torch', 'ray', 'rich'}"
    code = (
        "import sys, warmstart.reports.page, warmstart.reports.save, warmstart.reports.terminal;"
        f"assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
