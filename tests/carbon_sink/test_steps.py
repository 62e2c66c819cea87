from __future__ import annotations

import math
import re

import numpy as np
import pytest

from carbon_sink.local import carbon_section, zone_warnings
from carbon_sink.section import CarbonSection
from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_targets import targets_step
from carbon_sink.stock.reconcile import sanity_bounds_mtc, sanity_warning
from geoplan.demo import sample_plan
from gis.cells.grid import plan_grid
from gis.errors import ConfigError
from gis.files.write import write_cog
from layers.plain_json import to_json
from layers.provinces import province
from tests.carbon_sink.conftest import CRS, X0, Y0, quiet, write_plan


def test_carbon_step_of_twelve_parcels(mini, tmp_path):
    r = carbon_step(mini, tmp_path, quiet)
    s = to_json(r.summary)["carbon"]
    layer = r.layers["ecosystem"]
    assert len(layer) == 12
    # irrigated 43 x 0.77 (IPCC 2019) in 0-30 cm
    irrigated = layer[layer["dlbm"] == "0102"].iloc[0]
    assert irrigated["soc_tc_ha"] == pytest.approx(33.11)
    # built-up land has no coefficient: not estimated, not zero
    assert math.isnan(layer[layer["dlbm"] == "0702"].iloc[0]["total_tc_ha"])
    assert irrigated["total_tc"] == pytest.approx(100.0 * irrigated["total_tc_ha"], rel=1e-3)
    by = r.tables["carbon_by_class"]
    assert s["total_tc"]["value"] == pytest.approx(by["total_tc"].sum(), rel=1e-9)
    assert layer["total_tc"].sum() == pytest.approx(s["total_tc"]["value"], rel=1e-9)
    towns = r.tables["carbon_by_township"]
    assert towns["total_tc"].sum() == pytest.approx(s["total_tc"]["value"], rel=1e-9)
    assert s["total_tc"]["low"] < s["total_tc"]["value"] < s["total_tc"]["high"]
    assert 0 < s["area_not_estimated_frac"] < 1


def test_targets_step(mini_ndvi, tmp_path):
    carbon = carbon_step(mini_ndvi, tmp_path, quiet)
    assert to_json(carbon.summary)["carbon"]["state"] == "computed"
    r = targets_step(mini_ndvi, tmp_path, quiet)
    rows = r.tables["indicators"].set_index("id")
    # one arbor parcel of twelve: 8.33 %, with the shrub parcel 16.67 %
    assert rows.loc["forest_2025", "value"] == pytest.approx(100 / 12, rel=1e-3)
    assert rows.loc["forest_2025", "high"] == pytest.approx(200 / 12, rel=1e-3)
    assert rows.loc["forest_2025", "met"] == "uncertain"
    # river + inland flat = 2 km2 = 0.3 万亩 by the law's caliber (paddy, aquaculture out)
    assert rows.loc["wetland_2025", "value"] == pytest.approx(0.3, rel=1e-3)
    # (0.31 - 0.05) / 0.65 = 0.4 on both grassland parcels
    assert rows.loc["grass_2025", "value"] == pytest.approx(40.0, abs=0.1)
    assert rows.loc["grass_2025", "quality"] == "proxy"
    gaps = r.tables["targets_by_township"]
    f = gaps[gaps["target_id"] == "forest_2025"]
    assert f["gap_ha"].sum() == pytest.approx(rows.loc["forest_2025", "gap_ha"], rel=1e-9)
    assert (tmp_path / "fvc.tif").exists()
    assert (tmp_path / "indicators.json").exists()


def raster_plan(tmp_path):
    """The county with a land-cover raster alone, no parcels."""
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    data = np.full((30, 40), 30, np.uint8)
    data[:6, :20] = 10  # trees: forest, young forest or orchard: 120 of 1,200 ha
    data[25:, :] = 80  # water: 200 ha
    write_cog(tmp_path / "cover.tif", data, grid, dtype="uint8", nodata=0)
    plan = write_plan(
        tmp_path, '[layers.land_cover]\npath = "cover.tif"\nvocabulary = "worldcover2021"\n'
    )
    layers = {k: v for k, v in plan.layers.items() if k != "land_parcels"}
    return plan.model_copy(update={"layers": layers})


def test_without_parcels_a_legal_caliber_is_not_estimated(tmp_path):
    plan = raster_plan(tmp_path)
    r = targets_step(plan, tmp_path, quiet)
    items = {i["id"]: i for i in to_json(to_json(r.summary)["indicators"])}
    for name, caliber in (("forest_2025", "integrated"), ("wetland_2025", "broad_law")):
        item = items[name]
        # unknown is not zero, and nothing can be said of the target
        assert item["value"] is None
        assert item["gap"] is None
        assert item["met"] is None
        assert item["met_text"] == "unknown"
        assert (item["quality"], item["caliber"]) == ("not_estimated", caliber)
        assert "land survey parcels" in item["note"]["en"]
        assert "地类图斑" in item["note"]["zh"]
    # none, some or all of the 120 of 1,200 ha may be forest
    assert "0–10 %" in items["forest_2025"]["note"]["en"]
    assert "代用" in items["forest_2025"]["note"]["zh"]
    # 200 ha of water are 3,000 mu, 0.3 万亩
    assert "0–0.3 万亩" in items["wetland_2025"]["note"]["zh"]
    assert "0–3,000 mu" in items["wetland_2025"]["note"]["en"]
    # the raster's own figures stand by themselves, labelled
    proxies = r.tables["indicators_by_caliber"]
    proxies = proxies[proxies["caliber"] == "land_cover"]
    assert set(proxies["indicator"]) == {"forest_cover", "wetland_area"}
    assert set(proxies["quality"]) == {"proxy"}
    # a proxy is no caliber an official figure could match
    assert "wetland_calibers" not in r.tables
    assert "no_wetland_caliber_matches" not in {w.code for w in r.warnings}


def test_a_target_may_name_the_proxy_itself(tmp_path):
    plan = raster_plan(tmp_path)
    targets = tuple(
        t.model_copy(update={"caliber": "land_cover"}) if t.id == "forest_2025" else t
        for t in plan.targets
    )
    plan = plan.model_copy(update={"targets": targets})
    forest = targets_step(plan, tmp_path, quiet).tables["indicators"].set_index("id")
    row = forest.loc["forest_2025"]
    assert row["quality"] == "proxy"
    assert row["high"] == pytest.approx(10.0, rel=1e-3)
    assert row["met"] == "no"  # not even 10 % where 10.6 are wanted


def test_units_are_titled_in_both_languages(mini, tmp_path):
    r = targets_step(mini, tmp_path, quiet)
    rows = r.tables["indicators"].set_index("id")
    wet = rows.loc["wetland_2025"]
    assert (wet["unit"], wet["unit_zh"], wet["unit_en"]) == ("万亩", "万亩", "10,000 mu")
    assert rows.loc["forest_2025", "unit_en"] == "%"
    assert all(i["unit_en"].isascii() for i in to_json(r.summary)["indicators"])


def test_saline_land_is_split_by_cover(mini_ndvi, tmp_path):
    # the saline parcel has NDVI 0.31: FVC 0.4
    for limit, wanted in ((0.3, "saline_vegetated"), (0.5, "saline")):
        section = mini_ndvi.section(CarbonSection).model_copy(
            update={"saline_vegetated_fvc": limit, "soc_depth_cm": 100}
        )
        sections = {**mini_ndvi.sections, "carbon": section}
        plan = mini_ndvi.model_copy(update={"sections": sections})
        layer = carbon_step(plan, tmp_path, quiet).layers["ecosystem"]
        row = layer[layer["dlbm"] == "1204"].iloc[0]
        assert row["ecosystem"] == wanted
        soc = 125.4 if wanted == "saline_vegetated" else float("nan")
        assert row["soc_tc_ha"] == pytest.approx(soc, nan_ok=True)


def test_peak_composite_of_dates(tmp_path):
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    may, july = np.full((30, 40), 0.20, np.float32), np.full((30, 40), 0.31, np.float32)
    july[:, 20:30] = -9.0  # cloud over the third column, where May is all there is
    stack = np.stack([may, july])
    write_cog(
        tmp_path / "ndvi.tif", stack, grid, dtype="float32", nodata=-9.0,
        descriptions=["2023-05", "2023-07"],
    )  # fmt: skip
    plan = write_plan(
        tmp_path,
        '[layers.ndvi]\npath = "ndvi.tif"\n',
        "[carbon]\nndvi_bands = [1, 2]\n"
        '[carbon.fvc]\nsoil = 0.05\nvegetation = 0.70\nsource = "test"\n',
    )
    rows = targets_step(plan, tmp_path, quiet).tables["indicators"].set_index("id")
    # grassland in columns 3 (0.20: FVC 0.2308) and 4 (0.31: FVC 0.4), 100 ha each
    assert rows.loc["grass_2025", "value"] == pytest.approx((23.08 + 40.0) / 2, abs=0.1)


def test_existing_wetland_shows_methane_beside_the_stock(mini, tmp_path):
    w = to_json(carbon_step(mini, tmp_path, quiet).summary)["carbon"]["wetland_flux"]
    # the inland flat, 100 ha: 100 x 6.58 tCO2e of methane against 100 x 1.83 of burial; the
    # burial of lakes is not that of the river
    assert w["area_ha"] == pytest.approx(100.0, rel=1e-3)
    assert w["flowing_ha"] == pytest.approx(100.0, rel=1e-3)
    assert w["methane_tco2e_yr"]["value"] == pytest.approx(658.0, rel=1e-3)
    assert w["burial_tco2_yr"] == pytest.approx(-182.95, rel=1e-3)
    assert w["needs_review"]


def test_a_known_volume_wins_over_the_density(tmp_path):
    plan = write_plan(
        tmp_path,
        more='[[carbon.stock_volume]]\nyear = 2025\nvolume_m3 = 2500.0\nsource = "bureau"\n'
        '[[targets]]\nid = "stock"\ntitle = { zh = "蓄积", en = "stock" }\n'
        'indicator = "forest_stock_volume"\nyear = 2025\nvalue = 55\nunit = "万m3"\n'
        'section = "s"\nquote = "q"\n',
    )
    r = carbon_step(plan, tmp_path, quiet)
    arbor = r.layers["ecosystem"].query("dlbm == '0301'").iloc[0]
    # 25 m3/ha on 100 ha: (0.6251 x 25 + 11.462) x 0.452 = 12.245 tC/ha instead of 42.65
    assert arbor["biomass_tc_ha"] == pytest.approx(12.2446, rel=1e-3)
    page = r.tables["carbon_reconciliation"].set_index(["topic", "method"])["value"]
    assert page["tree_carbon", "density"] == pytest.approx(4265.0, rel=1e-3)
    assert page["tree_carbon", "volume_continuous"] == pytest.approx(1224.46, rel=1e-3)
    assert math.isnan(page["tree_carbon", "volume_constant"])  # recalled rows are off
    rows = targets_step(plan, tmp_path, quiet).tables["indicators"].set_index("id")
    assert rows.loc["stock", "value"] == pytest.approx(0.25)
    assert rows.loc["stock", "met"] == "no"


def test_recalled_rows_in_use_are_said(tmp_path):
    plan = write_plan(
        tmp_path,
        more='[carbon]\nuse_rows = ["tree_params_杨树"]\nvolume_form = "constant"\n'
        '[[carbon.stock_volume]]\nyear = 2025\nvolume_m3 = 2500.0\nsource = "bureau"\n',
    )
    r = carbon_step(plan, tmp_path, quiet)
    assert "recalled_rows_used" in {w.code for w in r.warnings}
    assert to_json(r.summary)["carbon"]["by_grade_frac"]["X"] > 0
    # 2,500 x 0.378 x 1.446 x 1.227 x 0.496 = 831.6 tC
    page = r.tables["carbon_reconciliation"].set_index(["topic", "method"])["value"]
    assert page["tree_carbon", "volume_constant"] == pytest.approx(831.62, rel=1e-4)


def test_target_of_an_unknown_caliber(tmp_path):
    plan = write_plan(
        tmp_path,
        more='[[targets]]\nid = "t"\ntitle = { zh = "森林", en = "forest" }\nyear = 2030\n'
        'indicator = "forest_cover"\nvalue = 12\nunit = "%"\ncaliber = "old"\n'
        'section = "s"\nquote = "q"\n',
    )
    with pytest.raises(ConfigError, match=r"no such caliber.*integrated"):
        targets_step(plan, tmp_path, quiet)


def test_total_outside_the_provinces_share_is_said():
    # 402.36 MtC over 66,400 km2; 2,064 km2 share 12.5, band 5 - 25
    here = province("640221")
    assert sanity_warning(12.0, 2064.0, 0.1, here) is None
    assert sanity_warning(26.0, 2064.0, 0.1, here).code == "outside_sanity_bound"
    low = sanity_warning(4.0, 2064.0, 0.1, here)
    assert "4.0 MtC" in low.text("zh")
    assert here.title("zh") in low.text("zh")


def test_without_a_provinces_carbon_there_is_no_band_and_it_is_said(mini, tmp_path):
    assert sanity_warning(1e6, 1.0, 0.0, None).code == "no_sanity_band"
    r = carbon_step(mini, tmp_path, quiet)  # the mini county lies in no province
    page = r.tables["carbon_reconciliation"].set_index(["topic", "method"])
    assert math.isnan(page.loc[("county_carbon", "area share"), "value"])
    assert "没有本省" in page.loc[("county_carbon", "area share"), "note_zh"]
    assert {"no_sanity_band", "climate_zone_assumed"} <= {w.code for w in r.warnings}
    zones = r.tables["carbon_zones"].set_index(["soc_depth_cm", "climate_zone"])["soc_tc"]
    cool, warm = (zones["0-30", f"{x}_temperate_dry"] for x in ("cool", "warm"))
    # 0-30 cm, on 99.957 ha each (IPCC 2019 Table 2.3): four classes of 43 and 24 tC/ha, fields
    # at 0.77 and 0.76 of it, paddy at 1.35; sand 13 and 10; wetland 87 and 74
    apart = 4 * 19 + (43 * 0.77 - 24 * 0.76) + 1.35 * 19 + 3 + 13
    assert cool - warm == pytest.approx(apart * 99.957, rel=1e-4)
    totals = {c.choice: c.total_tc.value for c in r.summary.carbon.choices}
    assert set(totals) == {"cool_temperate_dry", "warm_temperate_dry"}
    assert "stock_of_model_choices" in {w.code for w in r.warnings}
    texts = page[["topic_en", "method_en", "note_en"]].to_string()
    assert not re.search(r"[一-鿿]|Ningxia", texts)


def test_zones_of_a_plan_and_of_its_province(tmp_path):
    said = write_plan(tmp_path, more='[carbon]\nclimate_zones = ["warm_temperate_dry"]\n')
    assert carbon_section(said).climate_zone == "warm_temperate_dry"
    both = write_plan(
        tmp_path,
        more='[carbon]\nclimate_zone = "warm_temperate_dry"\n',
        area='adcode = "640221"',
    )
    section = carbon_section(both)
    assert section.climate_zone == "warm_temperate_dry"
    assert section.climate_zones == ("cool_temperate_dry", "warm_temperate_dry")
    assert zone_warnings(said) == zone_warnings(both) == []


def test_user_density_of_another_depth_is_refused(tmp_path):
    plan = write_plan(
        tmp_path,
        more='[[carbon.densities]]\necosystem = "grass_other"\npool = "soc"\n'
        'value_tc_ha = 60.0\ndepth_cm = 100\nsource = "own pits"\n',
    )
    with pytest.raises(ConfigError, match="unlike depths"):
        carbon_step(plan, tmp_path, quiet)


def test_soil_density_without_depth_is_a_fault_of_the_plan(tmp_path):
    with pytest.raises(ConfigError, match="depth_cm"):
        write_plan(
            tmp_path,
            more='[[carbon.densities]]\necosystem = "grass_other"\npool = "soc"\n'
            'value_tc_ha = 60.0\nsource = "own pits"\n',
        )


def test_missing_pools_are_named(mini, tmp_path):
    by = carbon_step(mini, tmp_path, quiet).tables["carbon_by_class"].set_index("ecosystem")
    assert by.loc["forest_arbor", "not_estimated"] == "dead_wood"
    assert by.loc["cropland_irrigated", "not_estimated"] == "agb bgb"
    assert by.loc["built", "not_estimated"] == "agb bgb dead_wood litter soc"


@pytest.mark.slow
def test_the_sample_county(tmp_path):
    plan = sample_plan("tiny")
    r = carbon_step(plan, tmp_path, quiet)
    c = to_json(r.summary)["carbon"]
    assert abs(c["closure"]["relative"]) < 1e-4
    low, _, high = sanity_bounds_mtc(2065.8, province("64").carbon)
    assert low < c["total_tc"]["value"] / 1e6 < high
    assert c["change"]["converted_ha"] > 0
    rows = targets_step(plan, tmp_path, quiet).tables["indicators"]
    assert {"forest_cover_2025", "wetland_area_2025"} <= set(rows["id"])
