"""One table of pools in InVEST's layout: totals by InVEST's formula, and hostile files."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from carbon_sink.section import SECTIONS
from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_pools import pools_step
from carbon_sink.stock.pool_table import read_pools
from gis.cells.area import polygon_area_m2
from gis.cells.grid import plan_grid
from gis.cells.rasterize import coverage_runs, ragged
from gis.errors import ConfigError, DataError
from gis.files.write import write_cog
from layers.catalogue import layer_ids
from layers.plain_json import to_json
from layers.plan.read import read_plan
from siting.rules import all_rules
from siting.screen.factors import compile_rules
from siting.screen.sources import PlanSource
from tests.carbon_sink.conftest import CRS, X0, Y0, quiet, write_plan

# seven classes of the user's own; 1 and 2 are both tree forest to anyone else
POOLS = """lucode,LULC_name,c_above,c_below,c_soil,c_dead
1,poplar old,42.5,9.1,90.3,0.8
2,poplar young,2.46,0.6,52.4,0.1
3,shrub,0.62,0.88,39.2,0
11,irrigated,0,0,33.11,0
12,paddy,0,0,58.05,0
40,=cmd|' /C calc'!A0,0,0,7.3,0
250,water,0,0,0,0
"""
DENSITY = {1: 142.7, 2: 55.56, 3: 40.7, 11: 33.11, 12: 58.05, 40: 7.3, 250: 0.0}


def cover(folder, name="cover.tif", seed=0, cell=10.0, nodata=255):
    rng = np.random.default_rng(seed)
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, cell)
    data = rng.choice(np.array([*DENSITY, 255], np.uint8), grid.shape)
    write_cog(folder / name, data, grid, dtype="uint8", nodata=nodata)
    return data


def pool_plan(folder, text=POOLS, base=False):
    (folder / "pools.csv").write_text(text, encoding="utf-8")
    layers = '[layers.land_cover]\npath = "cover.tif"\n'
    if base:
        layers += '[layers.land_cover_base]\npath = "base.tif"\n'
    return write_plan(folder, layers, '[carbon]\npools = "pools.csv"\n')


def invest(data, cell=10.0):
    """Sum over cells of the file: density [t/ha] x planar cell area [ha] (InVEST Carbon)."""
    known = data != 255
    lookup = np.zeros(256)
    for code, total in DENSITY.items():
        lookup[code] = total
    return float(lookup[data[known]].sum() * cell * cell / 1e4)


def test_classes_nobody_names_are_one_fault_with_their_codes(tmp_path):
    """No vocabulary and no table of pools: every rule by class of land meets the one cause."""
    cover(tmp_path)
    pool_plan(tmp_path)
    text = (tmp_path / "plan.toml").read_text(encoding="utf-8")
    text = text.replace('pools = "pools.csv"\n', "")
    text = text.replace('[layers.land_parcels]\npath = "parcels.gpkg"\n', "")
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    plan = read_plan(tmp_path / "plan.toml", SECTIONS, layer_ids())
    with pytest.raises(ConfigError) as by_carbon:
        carbon_step(plan, tmp_path, quiet)
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    county = coverage_runs(ragged([shapely.box(X0, Y0, X0 + 4000, Y0 + 3000)]), grid)
    with pytest.raises(ConfigError) as by_rules:
        compile_rules(all_rules(), PlanSource(plan), grid, county)
    for err in (by_carbon.value, by_rules.value):
        (fault,) = err.faults
        said = fault.text("en")
        assert "[layers.land_cover] vocabulary" in said
        assert "classes 1, 2, 3, 11, 12, 40, 250" in said.replace(" and ", ", ")
        assert "worldcover2021" in said
        assert "[carbon] pools" in said


def test_totals_are_those_of_the_formula_of_invest(tmp_path):
    data = cover(tmp_path)
    r = pools_step(pool_plan(tmp_path), tmp_path, quiet)
    s = to_json(r.summary)["pools"]
    assert s["planar_tc"] == pytest.approx(invest(data), rel=5e-9)
    # the county is the raster's rectangle, so ellipsoidal and planar differ by the scale alone
    box = shapely.box(X0, Y0, X0 + 4000, Y0 + 3000)
    scale = polygon_area_m2([box], CRS)[0] / box.area
    assert s["total_tc"] == pytest.approx(invest(data) * scale, rel=1e-4)
    assert s["total_tc"] != pytest.approx(s["planar_tc"], rel=1e-9)
    assert s["area_ha"] + s["unknown_ha"] == pytest.approx(box.area * scale / 1e4, rel=1e-9)
    by = r.tables["pools_by_class"].set_index("lucode")
    assert by["planar_tc"].sum() == pytest.approx(s["planar_tc"], rel=1e-12)
    # two classes of one ecosystem keep their own densities
    assert by.loc[1, "density_tc_ha"] == pytest.approx(142.7)
    assert by.loc[2, "density_tc_ha"] == pytest.approx(55.56)
    pools = ["c_above_tc", "c_below_tc", "c_soil_tc", "c_dead_tc"]
    assert by[pools].sum(axis=1).tolist() == pytest.approx(by["total_tc"].tolist(), rel=1e-12)


def test_two_dates_and_their_change(tmp_path):
    now, base = cover(tmp_path), cover(tmp_path, "base.tif", seed=1)
    s = to_json(pools_step(pool_plan(tmp_path, base=True), tmp_path, quiet).summary)["pools"]
    assert s["base_planar_tc"] == pytest.approx(invest(base), rel=5e-9)
    both = (now != 255) & (base != 255)
    lookup = np.zeros(256)
    lookup[list(DENSITY)] = list(DENSITY.values())
    planar = float((lookup[now[both]] - lookup[base[both]]).sum() * 0.01)
    box = shapely.box(X0, Y0, X0 + 4000, Y0 + 3000)
    scale = polygon_area_m2([box], CRS)[0] / box.area
    assert s["change_tc"] == pytest.approx(planar * scale, abs=1.0)


def test_the_step_carbon_goes_on_with_classes_of_ones_own(tmp_path):
    cover(tmp_path)
    plan = pool_plan(tmp_path)
    layers = {k: v for k, v in plan.layers.items() if k != "land_parcels"}
    alone = plan.model_copy(update={"layers": layers})
    assert to_json(carbon_step(alone, tmp_path, quiet).summary)["carbon"]["state"] == "missing"
    assert to_json(pools_step(alone, tmp_path, quiet).summary)["pools"]["classes"] == 7


def test_the_density_raster_holds_the_pools(tmp_path):
    from gis.files.read_raster import read_raster

    data = cover(tmp_path)
    r = pools_step(pool_plan(tmp_path), tmp_path, quiet)
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 10.0)
    got, known = read_raster(r.rasters["pool_density"], grid, kind="intensive")
    assert (known == (data != 255)).all()
    assert got[data == 2][0] == pytest.approx(55.56)


def test_without_the_line_nothing_is_done(tmp_path):
    r = pools_step(write_plan(tmp_path), tmp_path, quiet)
    assert to_json(r.summary)["pools"] is None
    assert not r.tables


def test_classes_the_table_lacks_are_refused_and_named(tmp_path):
    cover(tmp_path)
    short = "\n".join(x for x in POOLS.splitlines() if not x.startswith("40,"))
    with pytest.raises(DataError) as err:
        pools_step(pool_plan(tmp_path, short), tmp_path, quiet)
    assert "got 40" in err.value.text("en")
    assert "碳库表" in err.value.text("zh")


def test_a_table_without_a_raster_is_a_fault_of_the_plan(tmp_path):
    (tmp_path / "pools.csv").write_text(POOLS, encoding="utf-8")
    plan = write_plan(tmp_path, "", '[carbon]\npools = "pools.csv"\n')
    with pytest.raises(ConfigError, match="land cover"):
        pools_step(plan, tmp_path, quiet)


def test_classes_that_do_not_occur_are_told(tmp_path):
    cover(tmp_path)
    r = pools_step(pool_plan(tmp_path, POOLS + "77,never,1,1,1,1\n"), tmp_path, quiet)
    told = {w.code: w.text for w in r.warnings}
    assert "77" in told["pools_unused"]("en")
    assert "没有误差" in told["pools_without_error"]("zh")


def test_land_without_a_class_is_told_beside_the_total(tmp_path):
    cover(tmp_path)
    r = pools_step(pool_plan(tmp_path), tmp_path, quiet)
    s = to_json(r.summary)["pools"]
    (told,) = (w.text for w in r.warnings if w.code == "pools_unknown_land")
    # one code in eight is the file's nodata: some 150 of 1,200 ha
    assert s["unknown_ha"] == pytest.approx(150, abs=5)
    assert f"{s['unknown_ha']:,.1f}" in told("zh")
    assert "没有地类" in told("zh")
    assert f"{s['unknown_ha'] + s['area_ha']:,.1f} ha have no class" in told("en")


def test_a_raster_that_is_known_everywhere_says_nothing_of_unknown_land(tmp_path):
    grid = plan_grid((X0 - 100, Y0 - 100, X0 + 4100, Y0 + 3100), CRS, 10.0)
    write_cog(
        tmp_path / "cover.tif", np.ones(grid.shape, np.uint8), grid, dtype="uint8", nodata=255
    )
    r = pools_step(pool_plan(tmp_path), tmp_path, quiet)
    assert "pools_unknown_land" not in [w.code for w in r.warnings]


def test_a_raster_over_half_the_county_leaves_the_other_half_unknown(tmp_path):
    grid = plan_grid((X0, Y0, X0 + 2000, Y0 + 3000), CRS, 10.0)
    write_cog(
        tmp_path / "cover.tif", np.ones(grid.shape, np.uint8), grid, dtype="uint8", nodata=255
    )
    r = pools_step(pool_plan(tmp_path), tmp_path, quiet)
    s = to_json(r.summary)["pools"]
    # 600 of 1,200 ha, by the ellipsoid a little off
    assert s["area_ha"] == pytest.approx(600, rel=2e-3)
    assert s["unknown_ha"] == pytest.approx(s["area_ha"], rel=1e-4)
    (told,) = (w.text for w in r.warnings if w.code == "pools_unknown_land")
    assert f"{s['unknown_ha']:,.1f}" in told("zh")


HEAD = "lucode,LULC_name,c_above,c_below,c_soil,c_dead\n"
HOSTILE = {
    "empty": ("", "table"),
    "head alone": (HEAD, "no rows"),
    "column missing": ("lucode,LULC_name,c_above,c_below,c_soil\n1,a,1,1,1\n", "column"),
    "column twice": ("lucode,Lucode,c_above,c_below,c_soil,c_dead\n1,1,1,1,1,1\n", "column"),
    "blank pool": (HEAD + "1,a,1,,1,1\n", "blank"),
    "word": (HEAD + "1,a,1,much,1,1\n", "blank"),
    "infinite": (HEAD + "1,a,1,inf,1,1\n", "blank"),
    "nan": (HEAD + "1,a,1,nan,1,1\n", "blank"),
    "negative": (HEAD + "1,a,1,-3,1,1\n", "cannot be"),
    "kilograms": (HEAD + "1,a,1,1,90300,1\n", "cannot be"),
    "code twice": (HEAD + "1,a,1,1,1,1\n1,b,2,2,2,2\n", "twice"),
    "code of half": (HEAD + "1.5,a,1,1,1,1\n", "lucode"),
    "code negative": (HEAD + "-1,a,1,1,1,1\n", "lucode"),
    "code too high": (HEAD + "70000,a,1,1,1,1\n", "lucode"),
    "code blank": (HEAD + ",a,1,1,1,1\n", "lucode"),
    "too many rows": (HEAD + "".join(f"{i},a,1,1,1,1\n" for i in range(5001)), "rows"),
    "one long line": (HEAD + "1," + "x" * 60_000 + ",1,1,1,1\n", ""),
    "binary": ("\x00\x01\x02\x03", ""),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_tables_are_refused(tmp_path, kind):
    text, word = HOSTILE[kind]
    path = tmp_path / "pools.csv"
    path.write_text(text, encoding="utf-8")
    if kind == "one long line":  # a long name is cut, never kept whole
        assert len(read_pools(path)[1].name) == 80
        return
    with pytest.raises(DataError) as err:
        read_pools(path)
    assert word in err.value.text("en")
    assert err.value.text("zh")


def test_every_fault_is_told_at_once_with_its_row(tmp_path):
    path = tmp_path / "pools.csv"
    path.write_text(HEAD + "1,a,1,,1,1\n2,b,1,1,1,-1\n", encoding="utf-8")
    with pytest.raises(DataError) as err:
        read_pools(path)
    assert "row 2" in err.value.text("en")
    assert "row 3" in err.value.text("en")


def test_other_kinds_of_files_are_refused(tmp_path):
    for name in ("pools.py", "pools.gpkg"):
        (tmp_path / name).write_text(POOLS, encoding="utf-8")
        with pytest.raises(DataError):
            read_pools(tmp_path / name)
    with pytest.raises(DataError):
        read_pools(tmp_path / "missing.csv")
    big = tmp_path / "big.csv"
    big.write_text("x" * 5_000_001, encoding="utf-8")
    with pytest.raises(DataError, match="too large"):
        read_pools(big)


def test_chinese_names_in_gbk_and_letters_of_any_size(tmp_path):
    path = tmp_path / "pools.csv"
    path.write_bytes(
        "LUCODE,Lulc_Name,C_above,c_below,C_SOIL,c_dead\n5,乔木林,1,2,3,4\n".encode("gb18030")
    )
    got = read_pools(path)[5]
    assert got.name == "乔木林"
    assert got.total == 10.0
