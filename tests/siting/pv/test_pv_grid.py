"""The map's kernel against the report's chain, against pvlib, and against itself."""

from __future__ import annotations

import numpy as np
import pvlib
import pytest

from gis.cells.grid import plan_grid
from gis.errors import ConfigError
from siting.pv.light.horizon import Horizon
from siting.pv.plant.chain import Resource, site_yield
from siting.pv.plant.fused import CellPlanes, fixed_yield, iam_polynomial
from siting.pv.plant.module import module
from siting.pv.plant.node_hours import node_hours
from siting.pv.plant.plant import PvPlant, Slope
from siting.pv.study.county import cell_planes, county_yield, grid_yield, write_county_yield
from siting.pv.study.design import design
from siting.pv.study.section import PvSection
from tests.siting.pv.pv_cases import clear_resource, some_plant, tmy_resource


def open_cells(tilt, azimuth):
    n = len(tilt)
    one, zero = np.ones(n), np.zeros(n)
    return CellPlanes(
        tilt,
        azimuth,
        np.full(n, 1e-6),
        zero,
        zero,
        zero,
        one,
        (1 - np.cos(np.deg2rad(tilt))) / 2,
        one,
        one,
        np.zeros((8, n)),
    )


@pytest.mark.parametrize("model", ["perez", "haydavies"])
@pytest.mark.parametrize("dc", ["huld", "pvgis", "pvwatts"])
def test_kernel_is_pvlib(model, dc):
    """A year by plain pvlib functions of the same models, within 1e-5 relative."""
    res = tmy_resource("greensboro")
    m = module("topcon_bifacial")
    plant = some_plant(gcr=0.0, transposition=model, dc=dc)
    s = res.sun
    args = (30.0, 170.0, res.dhi_w_m2, res.dni_w_m2, s.dni_extra_w_m2)
    zen, azi = s.apparent_zenith_deg, s.azimuth_deg
    if model == "perez":
        sky = pvlib.irradiance.perez(
            *args,
            zen,
            azi,
            pvlib.atmosphere.get_relative_airmass(zen),
            return_components=True,
        )
    else:
        sky = pvlib.irradiance.haydavies(*args, zen, azi, return_components=True)
    sky = {k: np.nan_to_num(np.asarray(v)) for k, v in sky.items()}
    aoi = pvlib.irradiance.aoi(30.0, 170.0, zen, azi)
    beam = np.maximum(np.cos(np.deg2rad(aoi)), 0.0) * res.dni_w_m2
    ground = pvlib.irradiance.get_ground_diffuse(30.0, res.ghi_w_m2, 0.2)
    glass = pvlib.iam.physical(aoi, n_ar=1.3)
    part = pvlib.iam.marion_diffuse("physical", 30.0, n=1.526, n_ar=1.3)
    horizon = sky.get("poa_horizon", 0.0)
    around = sky["poa_circumsolar"]
    total = beam + around + sky["poa_isotropic"] + horizon + ground
    eff = (
        (beam + around) * glass
        + sky["poa_isotropic"] * part["sky"]
        + horizon * part["horizon"]
        + ground * part["ground"]
    )
    eff = np.maximum(eff, 0.0)
    cell = pvlib.temperature.faiman(np.maximum(total, 0), res.temp_air_c, res.wind_speed_m_s)
    if dc == "pvgis":
        power = np.maximum(pvlib.pvarray.huld(eff, cell, 1.0, cell_type="cSi"), 0.0)
    elif dc == "huld":
        # k3 is Huld's slope at 1000 W/m2; the module's takes its place in all of the warmth
        cool, warm = (pvlib.pvarray.huld(eff, t, 1.0, cell_type="cSi") for t in (25.0, cell))
        power = np.maximum(cool + m.gamma_per_c / -0.004702 * (warm - cool), 0.0)
    else:
        power = pvlib.pvsystem.pvwatts_dc(eff, cell, 1.0, m.gamma_per_c)
    rated = 1.0 / 1.25 / 0.96
    ac = np.maximum(pvlib.inverter.pvwatts(np.minimum(power, rated), rated), 0.0)
    found = fixed_yield(
        node_hours(res, plant, 8), open_cells(np.array([30.0]), np.array([170.0])), plant
    )
    assert found.sum() == pytest.approx(ac.sum(), rel=1e-5)


def random_cells(n, seed=7):
    rng = np.random.default_rng(seed)
    slope = rng.uniform(0.0, 7.0, n)
    aspect = rng.uniform(0.0, 360.0, n)
    warmer = rng.uniform(-4.0, 2.0, n)
    horizon = np.abs(rng.normal(0.0, 4.0, (n, 36))).clip(0.0, 20.0)
    return slope, aspect, warmer, horizon


def compare(section, res, cells, n):
    slope, aspect, warmer, horizon = random_cells(n)
    planes = cell_planes(
        section,
        lat=38.8,
        tilt_deg=33.0,
        slope_deg=slope,
        aspect_deg=aspect,
        warmer_c=warmer,
        horizon_deg=horizon,
    )
    found = grid_yield(res, section, planes)
    worst = 0.0
    for i in cells:
        slope = Slope(float(planes.rise[i]), float(planes.axis_rise[i]))
        plant = design(section.plant, 38.8, tilt_deg=33.0, slope=slope).plant
        here = Resource(**{**vars(res), "temp_air_c": res.temp_air_c + warmer[i]})
        y = site_yield(here, plant, slope=slope, horizon=Horizon(horizon[i]))
        worst = max(worst, abs(found[i].sum() / y.kwh_kwp_yr - 1.0))
    return worst


@pytest.mark.slow
def test_map_agrees_with_the_report_at_200_random_cells():
    """The report's pvlib chain (Perez, Huld) cell by cell: within 0.3 % a year."""
    assert compare(PvSection(), clear_resource(cloud=0.4), range(200), 200) < 0.003


def test_map_agrees_with_hay_davies_too():
    section = PvSection.model_validate(
        {"transposition": "haydavies", "yield_map": {"transposition": "haydavies"}}
    )
    assert compare(section, clear_resource(cloud=0.4), range(20), 20) < 0.003


def test_threads_and_order_do_not_matter():
    """Same bits from one thread or two, whole or in parts."""
    section = PvSection()
    res = clear_resource(cloud=0.4)
    slope, aspect, warmer, horizon = random_cells(700)
    args = {"lat": 38.8, "tilt_deg": 33.0}
    whole = cell_planes(
        section,
        **args,
        slope_deg=slope,
        aspect_deg=aspect,
        warmer_c=warmer,
        horizon_deg=horizon,
    )
    a = grid_yield(res, section, whole, threads=1)
    b = grid_yield(res, section, whole, threads=2)
    np.testing.assert_array_equal(a, b)
    half = cell_planes(
        section,
        **args,
        slope_deg=slope[:256],
        aspect_deg=aspect[:256],
        warmer_c=warmer[:256],
        horizon_deg=horizon[:256],
    )
    np.testing.assert_array_equal(grid_yield(res, section, half), a[:256])


def test_years_are_averaged():
    """Two equal years give the yield of one."""
    res = clear_resource()
    n = len(res.index)
    double = Resource(
        **{
            **vars(res),
            "sun": type(res.sun)(**{k: np.tile(v, 2) for k, v in vars(res.sun).items()}),
            "index": res.index.append(res.index),
            **{
                k: np.tile(getattr(res, k), 2)
                for k in ("ghi_w_m2", "dni_w_m2", "dhi_w_m2", "temp_air_c", "wind_speed_m_s")
            },
            "years": (2001, 2002),
        }
    )
    assert len(double.index) == 2 * n
    plant = PvPlant(inside_hour=False)
    cells = open_cells(np.array([30.0]), np.array([180.0]))
    one = fixed_yield(node_hours(res, plant, 8), cells, plant)
    two = fixed_yield(node_hours(double, plant, 8), cells, plant)
    np.testing.assert_allclose(one, two, rtol=1e-6)


def test_county_raster(tmp_path):
    """A ridge in the west: cells behind it lose the evening sun; nodata stays nodata."""
    grid = plan_grid((500_000.0, 4_300_000.0, 510_000.0, 4_305_000.0), "EPSG:4544", 250.0)
    height, width = grid.shape
    dem = np.full((height, width), 1100.0)
    dem[:, :4] = 2000.0
    dem[0, -1] = np.nan
    inside = np.ones((height, width), dtype=bool)
    inside[:, -2] = False
    section = PvSection()
    found = county_yield(clear_resource(), section, grid, dem, inside, tilt_deg=33.0)
    annual = found.annual_kwh_kwp
    assert np.isnan(annual[0, -1])
    assert np.isnan(annual[:, -2]).all()
    middle = height // 2
    assert annual[middle, 8] < annual[middle, -6]
    # level ground at the rule's pitch: 1.08 ha/MWp at 22.5 %, DC/AC 1.25
    level = found.mw_ha[middle, -6]
    assert level == pytest.approx(1.0 / (1.0 / 0.225 / 0.42336 / 10.0) / 1.25, rel=0.03)
    path = write_county_yield(tmp_path / "y.tif", found, tags={"unit": "kWh/kWp"})
    assert path.exists()
    # a plain 1,000 m higher is 6.5 K cooler: silicon yields more
    flat = np.full((height, width), 1100.0)
    low, high = (
        county_yield(clear_resource(), section, grid, z, inside, tilt_deg=33.0).annual_kwh_kwp
        for z in (flat, flat + 1000.0)
    )
    assert 1.01 < high[middle, -6] / low[middle, -6] < 1.04


def test_other_physics_is_refused():
    res = clear_resource()
    with pytest.raises(ConfigError, match="temperature"):
        node_hours(res, PvPlant(cell="sapm"), 8)
    node = node_hours(res, PvPlant(), 8)
    for other in ({"bifacial": True}, {"shade_steps": 2}):
        with pytest.raises(ConfigError, match="rear"):
            fixed_yield(node, open_cells(np.array([30.0]), np.array([180.0])), PvPlant(**other))


@pytest.mark.parametrize("model", ["ar_glass", "glass", "martin_ruiz"])
def test_glass_polynomial(model):
    x = np.linspace(0.0, 1.0, 2001)
    from siting.pv.light.optics import beam_iam

    fit = np.polynomial.Chebyshev(iam_polynomial(model), domain=[0.0, 1.0])
    np.testing.assert_allclose(fit(x), beam_iam(np.rad2deg(np.arccos(x)), model), atol=2e-6)
