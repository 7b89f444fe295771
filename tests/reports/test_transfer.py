"""Figure 4: what its panels mark."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from warmstart.reports import transfer
from warmstart.reports.look import look_of, specification, svg


def points(targets, higher=False, unit="percent of the baseline"):
    """Three sources on each target; the floor of target i is i + 1, left of every value."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "measure": "near", "higher_is_better": higher, "target": f"t{i}", "source": source,
            "value": 40 + rng.random(), "gain": rng.normal(), "unit": unit, "spread": 0.5,
            "floor": np.nan if higher else i + 1.0,
        }
        for i in range(targets)
        for source in ("a", "b", "c")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def layers(table, draw):
    """Layers of every panel, and the tables they draw."""
    spec = specification(draw(table, look_of(table["source"], "AUC")))
    return [panel["layer"] for panel in spec["concat"]], spec["datasets"]


def picture(table, draw=transfer.draw):
    return svg(specification(draw(table, look_of(table["source"], "AUC"))))


def dashed(drawing):
    """Where the dashed lines stand."""
    rules = [line for line in ET.fromstring(drawing).iter() if "stroke-dasharray" in line.attrib]
    return [re.findall(r"[\d.]+", rule.attrib["transform"])[0] for rule in rules]


@pytest.mark.parametrize("draw", [transfer.draw, transfer.draw_by_target])
def test_every_target_has_one_dashed_line_at_its_floor(draw):
    table = points(3)
    table.loc[table["target"] == "t1", "floor"] = np.nan
    panels, tables = layers(table, draw)
    rules = [layer for own in panels for layer in own if layer["mark"].get("strokeDash") == [2, 3]]
    marked = [row for rule in rules for row in tables[rule["data"]["name"]]]
    assert marked == [{"target": "t0", "floor": 1.0}, {"target": "t2", "floor": 3.0}]
    assert all(rule["encoding"]["x"]["field"] == "floor" for rule in rules)
    assert all("target" in str(rule["encoding"]["tooltip"]) for rule in rules)
    assert len(dashed(picture(table, draw))) == 2


def test_lines_of_different_floors_stand_apart_and_scores_have_none():
    assert len(set(dashed(picture(points(4))))) == 4
    assert dashed(picture(points(4, higher=True))) == []


@pytest.mark.parametrize(("targets", "shapes"), [(3, 3), (11, 11), (16, 16), (18, 16)])
def test_up_to_sixteen_targets_have_shapes_of_their_own(targets, shapes):
    points_drawn = [
        mark.attrib["d"]
        for group in ET.fromstring(picture(points(targets))).iter()
        if "role-mark" in group.get("class", "") and "symbol" in group.get("class", "")
        for mark in group
        if len(group) == 3 * targets
    ]
    assert len(points_drawn) == 3 * targets
    assert len(set(points_drawn)) == shapes
    for i in range(targets):  # the three sources of a target share its shape
        assert len(set(points_drawn[3 * i : 3 * i + 3])) == 1


def test_a_target_keeps_its_shape_in_every_panel():
    few = points(9).query("target != 't0'").assign(measure="other")
    panels, _ = layers(pd.concat([points(9), few]), transfer.draw)
    scales = [layer["encoding"]["shape"]["scale"] for own in panels for layer in own[-1:]]
    assert len(scales) == 2
    assert scales[0] == scales[1]
    assert scales[0]["domain"] == [f"t{i}" for i in range(9)]


@pytest.mark.parametrize("unit", ["percent of the baseline", "AUC points above the target's mean"])
def test_the_axis_names_the_unit(unit):
    assert f"gain, {unit}" in picture(points(2, unit=unit)).replace("&#39;", "'")
