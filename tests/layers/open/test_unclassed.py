"""Parcels whose class nobody knows: their land is told and unknown; much of it is asked for.

The county is a lattice of 400 equal parcels, so one of them is 0.25 % of the land.
"""

from __future__ import annotations

import pytest

from gis.cells.area import polygon_area_m2
from gis.errors import DataError
from layers.doctor.cover import coverage_findings
from layers.open.acceptance import parcel_faults
from layers.open.plan_layers import layer_report, open_features
from tests.layers.doctor.test_findings import lattice
from tests.layers.open.test_open import plan_of  # noqa: F401 - a fixture


@pytest.fixture
def opened(plan_of, tmp_path):  # noqa: F811
    """The plan of parcels with codes at some rows, and what it says of their values."""

    def made(codes, values=""):
        table = lattice()
        for row, code in codes.items():
            table.loc[row, "DLBM"] = code
        table.to_file(tmp_path / "d.gpkg")
        return plan_of(f'[layers.land_parcels]\npath = "d.gpkg"\n{values}\n')

    return made


def ha(rows):
    return polygon_area_m2(lattice().geometry.to_numpy()[rows], "EPSG:4544").sum() / 1e4


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_few_blanks_are_unknown_land_and_told(opened, blank):
    plan = opened({5: blank, 6: blank})
    table = open_features(plan, "land_parcels")
    assert len(table) == 398
    assert not {"b005", "b006"} & set(table["bsm"])
    said = {w.code: w.text for w in layer_report(plan, "land_parcels").warnings}
    assert f"2 features have no class code that can be used, {ha([5, 6]):,.2f} ha" in said[
        "class_unknown"
    ]("en")
    assert f"有 2 个要素没有可用的分类代码，共 {ha([5, 6]):,.2f} ha" in said["class_unknown"](
        "zh"
    )
    # listed with its place, and no gap: the parcels are there, their class is not
    listed = parcel_faults(plan)
    assert list(zip(listed["fault"], listed["bsm"], strict=True)) == [
        ("class_unknown", "b005"),
        ("class_unknown", "b006"),
    ]
    assert coverage_findings(plan)[0].severity == "note"


def test_a_strange_code_is_refused_until_the_plan_says_what_it_means(opened):
    with pytest.raises(DataError, match=r'values\.dlbm = \{ "9999" = "code" \}'):
        open_features(opened({5: "9999"}), "land_parcels")
    table = open_features(
        opened({5: "9999"}, 'values.dlbm = { "9999" = "1206" }'), "land_parcels"
    )
    assert table.set_index("bsm").loc["b005", "dlbm"] == "1206"
    plan = opened({5: "9999"}, 'values.dlbm = { "9999" = "" }')
    assert len(open_features(plan, "land_parcels")) == 399
    assert "class_unknown" in {w.code for w in layer_report(plan, "land_parcels").warnings}


def test_what_a_blank_means_can_be_said(opened):
    plan = opened({5: None, 6: ""}, 'values.dlbm = { "" = "1206" }')
    table = open_features(plan, "land_parcels").set_index("bsm")
    assert list(table.loc[["b005", "b006"], "dlbm"]) == ["1206", "1206"]
    assert "class_unknown" not in {w.code for w in layer_report(plan, "land_parcels").warnings}


def test_what_a_blank_of_a_closed_list_means_can_be_said(plan_of, tmp_path):  # noqa: F811
    table = lattice().assign(QSXZ=[None, " ", *["20"] * 398])
    table.to_file(tmp_path / "d.gpkg")
    head = '[layers.land_parcels]\npath = "d.gpkg"\n'
    plain = open_features(plan_of(head), "land_parcels")["qsxz"]
    assert plain.isna().tolist() == [True, True, *[False] * 398]
    said = open_features(
        plan_of(f'{head}values.qsxz = {{ "" = "collective" }}\n'), "land_parcels"
    )
    assert said["qsxz"].tolist() == ["collective", "collective", *["state"] * 398]


def test_much_land_without_class_has_to_be_meant(opened):
    """20 of 400 parcels are 5 % of the land, 21 are more."""
    few, many = (dict.fromkeys(range(n), "") for n in (19, 21))
    assert len(open_features(opened(few), "land_parcels")) == 381
    with pytest.raises(DataError, match=r'21 features .* got 5\.2[0-9]* %; .*"" = ""'):
        open_features(opened(many), "land_parcels")
    meant = opened(many, 'values.dlbm = { "" = "" }')
    assert len(open_features(meant, "land_parcels")) == 379
    with pytest.raises(DataError, match="400 features"):
        open_features(
            opened(dict.fromkeys(range(400), ""), 'values.dlbm = { "" = "" }'), "land_parcels"
        )
