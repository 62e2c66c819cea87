"""Densities of a date, of townships and of parcels."""

from __future__ import annotations

import pytest

from carbon_sink.section import CarbonSection
from carbon_sink.step_carbon import carbon_step
from gis.errors import ConfigError
from tests.carbon_sink.conftest import quiet, write_plan


def entry(value, **more):
    """A soil density of sand, 0-30 cm [tC/ha], as the plan writes it."""
    given = {"ecosystem": "grass_other", "pool": "soc", "value_tc_ha": value, "depth_cm": 30}
    rows = {**given, "source": "synthetic", **more}
    lines = [f"{k} = {list(v) if isinstance(v, tuple) else v!r}" for k, v in rows.items()]
    return "[[carbon.densities]]\n" + "\n".join(lines) + "\n"


def stock(folder, *entries, year=2023):
    plan = write_plan(folder, more=f"[carbon]\nyear = {year}\n" + "".join(entries))
    return carbon_step(plan, folder, quiet)


def soil(result):
    """Soil carbon of other grassland in all rows [tC], and its area [ha]."""
    t = result.tables["carbon_by_class"]
    own = t[t["ecosystem"] == "grass_other"]
    return own["soc_tc"].sum(), own["area_ha"].sum()


def test_a_density_of_one_parcel_counts_there_alone(tmp_path):
    """B02 is the one parcel of other grassland: 31 tC/ha times its hectares."""
    r = stock(tmp_path, entry(31.0, parcels=("B02",)))
    tc, ha = soil(r)
    assert tc == pytest.approx(31.0 * ha, rel=1e-12)
    layer = r.layers["ecosystem"].set_index("parcel_id")
    assert layer.loc["B02", "soc_tc_ha"] == pytest.approx(31.0)
    assert layer.loc["B02", "ecosystem"] == "grass_other"
    title = r.tables["carbon_by_class"].set_index("ecosystem").loc["grass_other", "title_zh"]
    assert title == "其他草地（规划另给密度第 1 条）"
    # the land is the same land: nothing is added and nothing lost
    assert r.tables["land_areas"]["area_ha"].sum() == pytest.approx(
        r.tables["carbon_by_class"]["area_ha"].sum(), rel=1e-12
    )
    towns = r.tables["carbon_by_township"]
    assert towns["total_tc"].sum() == pytest.approx(
        r.tables["carbon_by_class"]["total_tc"].sum(), rel=1e-9
    )


def test_the_parcel_wins_over_the_township_and_the_township_over_the_county(tmp_path):
    county, town = entry(10.0), entry(20.0, townships=("东乡",))
    assert soil(stock(tmp_path, county, town))[0] == pytest.approx(
        20.0 * soil(stock(tmp_path))[1]
    )
    other = entry(20.0, townships=("西镇",))
    tc, ha = soil(stock(tmp_path, county, other))
    assert tc == pytest.approx(10.0 * ha)
    tc, ha = soil(stock(tmp_path, entry(30.0, parcels=("B02",)), town, county))
    assert tc == pytest.approx(30.0 * ha)


def test_a_density_of_the_date_wins_and_of_another_date_is_told(tmp_path):
    tc, ha = soil(stock(tmp_path, entry(10.0), entry(12.0, year=2023)))
    assert tc == pytest.approx(12.0 * ha)
    r = stock(tmp_path, entry(10.0), entry(12.0, year=2019))
    assert soil(r)[0] == pytest.approx(10.0 * ha)
    told = {w.code: w.text for w in r.warnings}["densities_of_no_land"]
    assert "第 2 条" in told("zh")


def test_land_nobody_has_is_told(tmp_path):
    r = stock(tmp_path, entry(10.0, townships=("北镇",)), entry(11.0, parcels=("B00",)))
    told = {w.code: w.text for w in r.warnings}["densities_of_no_land"]("en")
    assert "entry 1" in told
    assert "entry 2" in told  # B00 is tree forest, not other grassland


def test_a_number_that_no_parcel_has_is_told_beside_one_that_has(tmp_path):
    r = stock(tmp_path, entry(11.0, parcels=("B02", "999")), entry(10.0, townships=("无此镇",)))
    told = {w.code: w.text for w in r.warnings}
    assert told["densities_of_no_parcels"]("en").split(": ")[1].startswith("999;")
    assert "无此镇" in told["densities_of_no_townships"]("zh")
    assert "densities_of_no_parcels" not in [
        w.code for w in stock(tmp_path, entry(11.0, parcels=("B02",))).warnings
    ]


def test_more_carbon_than_a_hectare_holds_is_refused(tmp_path):
    # 5,000 tC/ha to 30 cm would be soil of pure carbon, 1.7 g/cm3
    with pytest.raises(ConfigError, match="3000"):
        stock(tmp_path, entry(5000.0))


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ({}, {}, True),
        ({"year": 2019}, {"year": 2023}, False),
        ({"year": 2023}, {}, False),
        ({"townships": ("a", "b")}, {"townships": ("b",)}, True),
        ({"townships": ("a",)}, {"townships": ("b",)}, False),
        ({"parcels": ("1",)}, {"parcels": ("1",), "townships": ("b",)}, False),
        ({"parcels": ("1", "2")}, {"parcels": ("2",)}, True),
    ],
)
def test_two_densities_nothing_tells_apart_are_refused(first, second, refused):
    common = {"ecosystem": "sand", "pool": "soc", "depth_cm": 30, "source": "synthetic"}
    rows = [{**common, "value_tc_ha": 1.0, **first}, {**common, "value_tc_ha": 2.0, **second}]
    if refused:
        with pytest.raises(ValueError, match="sand"):
            CarbonSection(densities=rows)
    else:
        assert len(CarbonSection(densities=rows).densities) == 2


def test_trees_of_a_parcel_beside_a_volume_of_the_county_are_refused(tmp_path):
    volume = "[[carbon.stock_volume]]\nyear = 2023\nvolume_m3 = 5000.0\nsource = 'synthetic'\n"
    own = (
        "[[carbon.densities]]\necosystem = 'forest_arbor'\npool = 'biomass'\n"
        "value_tc_ha = 12.0\nparcels = ['B00']\nsource = 'synthetic'\n"
    )
    with pytest.raises(ConfigError, match="stock volume"):
        stock(tmp_path, volume, own)
    layer = stock(tmp_path, own).layers["ecosystem"].set_index("parcel_id")
    assert layer.loc["B00", "living_tc_ha"] == pytest.approx(12.0)
