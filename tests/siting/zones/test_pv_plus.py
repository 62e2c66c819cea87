"""Kinds of "光伏+" by hand: land class, nearness, cover, slope, and what stays unknown."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.demo import sample_plan
from siting.zones import pv_plus as module
from siting.zones.pv_plus import plus_classes, pv_plus
from siting.zones.section import PlusSection

CRS = "EPSG:4544"
X, Y = 400_000.0, 4_300_000.0


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


CODES = ["1205", "0404", "0404", "1202", "0602", "1206"]


@pytest.fixture
def opened(monkeypatch):
    """Six parcels 500 m apart, a farm 50 m north of the second."""
    parcels = gpd.GeoDataFrame(
        {"parcel_id": list("abcdef"), "dlbm": CODES, "dlmc": CODES},
        geometry=[box(500 * i, 0, 500 * i + 100, 100) for i in range(6)],
        crs=CRS,
    )
    farms = gpd.GeoDataFrame(geometry=[box(500, 150, 600, 200)], crs=CRS)
    sandy = gpd.GeoDataFrame(geometry=[box(2500, 0, 2560, 100)], crs=CRS)  # 60 % of the last
    layers = {"land_parcels": parcels, "livestock_farms": farms, "sandy_land": sandy}
    monkeypatch.setattr(module, "open_features", lambda _, name: layers.get(name))
    monkeypatch.setattr(module, "_slopes", lambda _, points: np.arange(len(points)) * 5.0)
    return layers


def found(opened, **given):
    usable = gpd.GeoDataFrame(geometry=[box(-10, -10, 5000, 50)], crs=CRS)
    table, missing = pv_plus(sample_plan("tiny"), PlusSection(**given), usable)
    return table.set_index("parcel_id"), {k.id for k, _ in missing}


def test_half_of_each_parcel_is_usable(opened) -> None:
    table, _ = found(opened)
    assert table["area_ha"].tolist() == pytest.approx([0.5] * 6, rel=2e-3)


def test_pasture_suits_livestock_only_near_a_farm(opened) -> None:
    table, missing = found(opened, livestock_near_m=100.0)
    # the farm is 50 m from b; from c it is 400 m east and 50 m north
    assert table["livestock_m"][["b", "c"]].tolist() == pytest.approx([50.0, np.hypot(400, 50)])
    assert table["plus_livestock"].to_dict() == {
        "a": "no", "b": "yes", "c": "no", "d": "no", "e": "no", "f": "no",
    }  # fmt: skip
    assert table["plus"]["b"] == "livestock"
    assert "板间养殖" in table["boards_zh"]["b"]
    assert "livestock" not in missing


def test_land_that_may_be_tilled_again_is_of_its_class(opened) -> None:
    """0403K, sown pasture that may be tilled again, is pasture: 50 m from the farm."""
    opened["land_parcels"]["dlbm"] = [CODES[0], "0403K", *CODES[2:]]
    table, _ = found(opened, livestock_near_m=100.0)
    assert (table["plus_livestock"]["b"], table["plus"]["b"]) == ("yes", "livestock")


def test_a_list_of_land_classes_names_the_adjustable_ones_as_well() -> None:
    """K is the same land as its class (TD/T 1055-2019): whoever names 0403 means 0403K."""
    from layers.vocabulary import dlbm_groups, vocabulary

    of = {
        c: e.facts["base_code"] for c, e in vocabulary("dlbm").entries.items() if c[-1] == "K"
    }
    assert of["0403K"] == "0403"
    for codes in (*(k.dlbm for k in plus_classes().values()), *dlbm_groups().values()):
        assert {k for k, base in of.items() if base in codes} <= set(codes)


def test_without_a_distance_nearness_stays_unknown(opened) -> None:
    table, missing = found(opened)
    assert table["plus_livestock"].to_dict() == {
        "a": "no", "b": "unknown", "c": "unknown", "d": "unknown", "e": "no", "f": "no",
    }  # fmt: skip
    assert table["plus"]["c"] == "unknown"
    assert {"livestock", "tourism"} <= missing


def test_land_that_two_features_cover_counts_once(opened) -> None:
    """30 % of the last twice are 30 %; 30 % and the 30 % beside them are 60 %."""
    third, beside = box(2500, 0, 2530, 100), box(2530, 0, 2560, 100)
    for other, verdict in ((third, "no"), (beside, "yes")):
        opened["sandy_land"] = gpd.GeoDataFrame(geometry=[third, other], crs=CRS)
        assert found(opened)[0]["plus_sand"]["f"] == verdict


def test_sand_by_land_class_or_by_a_layer_that_covers_most_of_it(opened) -> None:
    table, missing = found(opened)
    assert table["plus_sand"].to_dict() == {
        "a": "yes", "b": "no", "c": "no", "d": "no", "e": "no", "f": "yes",
    }  # fmt: skip
    assert "sand" not in missing
    opened.pop("sandy_land")
    table, missing = found(opened)
    # 1205 is sand whatever a layer says; of the others nobody knows
    assert table["plus_sand"]["a"] == "yes"
    assert set(table["plus_sand"][list("bcdef")]) == {"unknown"}
    assert "sand" in missing


def test_ground_that_is_too_steep_suits_nothing(opened) -> None:
    table, _ = found(opened, slope_max_deg=10.0)  # slopes are 0, 5, 10, 15, 20, 25 deg
    assert table["plus_farm"]["d"] == "no"
    assert table["plus_sand"][["a", "f"]].tolist() == ["yes", "no"]


def test_land_nobody_left_is_not_looked_at(opened) -> None:
    usable = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=CRS)
    table, _ = pv_plus(sample_plan("tiny"), PlusSection(), usable)
    assert table["parcel_id"].tolist() == ["a"]
    none = gpd.GeoDataFrame(geometry=[], crs=CRS)
    table, _ = pv_plus(sample_plan("tiny"), PlusSection(), none)
    assert len(table) == 0


def test_without_parcels_there_is_no_map(opened) -> None:
    opened.pop("land_parcels")
    usable = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=CRS)
    assert pv_plus(sample_plan("tiny"), PlusSection(), usable) == (None, [])


def test_every_kind_has_source_and_quality_and_names_known_land() -> None:
    from layers.catalogue import layer_ids
    from layers.vocabulary import vocabulary

    for kind in plus_classes().values():
        assert "平罗县碳达峰实施方案" in kind.source
        assert "needs review" in kind.quality
        assert set(kind.dlbm) <= set(vocabulary("dlbm").entries)
        assert {kind.cover, kind.near} - {""} <= layer_ids()
        assert not kind.near or kind.near_key in PlusSection.model_fields
