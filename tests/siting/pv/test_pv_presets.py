"""Presets, two axes, lines and transformers."""

from __future__ import annotations

import numpy as np
import pytest

from gis.errors import ConfigError
from siting.pv.plant.chain import site_yield
from siting.pv.plant.electrics import cell_temperature
from siting.pv.plant.fused import fixed_yield
from siting.pv.plant.losses import loss_rows
from siting.pv.plant.node_hours import node_hours
from siting.pv.plant.plant import PvPlant, presets
from siting.pv.study.design import best_tilt_deg, design, kernel_plant
from siting.pv.study.section import PvSection
from tests.siting.pv.pv_cases import clear_resource, some_plant, tmy_resource
from tests.siting.pv.test_pv_grid import open_cells


def test_a_preset_stands_under_what_is_given():
    """PVGIS: Huld's own fit, 26.92 and 6.24 W/(m2 K), one loss of 14 %, no inverter."""
    p = PvPlant(preset="pvgis5", u1=5.0, losses={"soiling": 0.02})
    assert (p.dc, p.u0, p.u1, p.inverter.id) == ("pvgis", 26.92, 5.0, "none")
    kept = np.prod([1.0 - v[0] for v in p.all_losses().by_key.values()])
    assert kept == pytest.approx(0.86 * 0.98)
    assert set(presets()["pvgis5"].values["losses"]) == set(loss_rows()) - {"curtailment"}
    # another preset takes its place, what it does not name stays
    other = p.changed(preset="pvsyst")
    assert (other.dc, other.heat_loss, other.inverter.id) == (
        "single_diode",
        (29.0, 0.0),
        "none",
    )
    assert PvSection(preset="roof").noct_c == 49.0
    with pytest.raises(ConfigError, match="no preset called pvgis9"):
        PvPlant(preset="pvgis9")


def test_pvwatts_by_name_is_pvwatts():
    """V4: SAM's pvwattsv8 at Greensboro, tilt 30, GCR -> 0, 1,388.2 kWh/kWp at 14.08 % of loss;
    here 11.42 % (no 3 % of shade: 1 - 0.8592 / 0.97) and dust on the front alone."""
    plant = PvPlant(preset="pvwatts", tilt_deg=30.0, gcr=0.0)
    assert site_yield(tmy_resource("greensboro"), plant).kwh_kwp_yr == pytest.approx(
        1388.2 / 0.97, rel=0.015
    )


def test_two_axes_see_the_sun():
    """Beam at normal incidence in every hour; more than one axis, which is more than none."""
    res = clear_resource()
    base = {"gcr": 0.0, "clearance_m": 2.0, "iam": "none", "transposition": "isotropic"}
    found = {
        m: site_yield(res, some_plant(mounting=m, **base)) for m in ("tracker", "two_axis")
    }
    up = res.sun.apparent_zenith_deg < 90.0
    tilt = np.deg2rad(res.sun.apparent_zenith_deg[up])
    # isotropic sky and ground of 0.2 beside the whole beam
    sky = res.dhi_w_m2[up] * (1 + np.cos(tilt)) / 2
    ground = 0.2 * res.ghi_w_m2[up] * (1 - np.cos(tilt)) / 2
    poa = found["two_axis"].hourly["poa_w_m2"].to_numpy()
    np.testing.assert_allclose(poa[up], res.dni_w_m2[up] + sky + ground, rtol=1e-9)
    assert found["two_axis"].kwh_kwp_yr > 1.03 * found["tracker"].kwh_kwp_yr
    both = some_plant(mounting="two_axis", bifacial=True, **base)
    assert site_yield(res, both).kwh_kwp_yr > found["two_axis"].kwh_kwp_yr
    free = PvPlant(mounting="two_axis")
    with pytest.raises(ConfigError, match="no cited ground cover"):
        design(free, 38.8, tilt_deg=0.0)
    assert design(free.changed(gcr=0.25), 38.8, tilt_deg=0.0).pitch_m == pytest.approx(18.4)


def test_one_row_alone_keeps_its_ground_cover():
    """gcr = 0 of a tracker had become 0.35; the tilt of one row is that of open land."""
    alone = PvPlant(mounting="tracker", gcr=0.0)
    assert design(alone, 38.8, tilt_deg=0.0).plant.gcr == 0.0
    res = clear_resource()
    row, rows = (best_tilt_deg(res, PvPlant(gcr=g), 38.8) for g in (0.0, 0.6))
    assert row > rows


def test_lines_and_transformers_by_hand():
    """At half power a line of 2 % loses 0.5 % of the rating; cores lose theirs at any hour."""
    res = clear_resource()
    base = {"inverter": "none", "dc_ac_ratio": 1.0}
    plain = site_yield(res, some_plant(**base)).hourly["ac_kw_kwp"].to_numpy()
    given = {
        "line_frac": 0.02,
        "transformer_load_frac": 0.01,
        "transformer_no_load_frac": 0.001,
    }
    y = site_yield(res, some_plant(**base, **given))
    wired = plain - 0.02 * plain**2
    expected = wired - 0.001 - 0.01 * wired**2
    np.testing.assert_allclose(y.hourly["ac_kw_kwp"], expected, atol=1e-12)
    assert y.waterfall.net == pytest.approx(y.kwh_kwp_yr, rel=1e-9)
    # the map loses the same
    plant = some_plant(**base, **given, gcr=0.0)
    cells = open_cells(np.array([30.0]), np.array([180.0]))
    mapped = fixed_yield(node_hours(res, plant, 8), cells, plant)[0].sum()
    assert mapped == pytest.approx(site_yield(res, plant).kwh_kwp_yr, rel=1e-4)


def test_temperature_models_by_name():
    """King (2004), table 1: close mount a = -2.98, b = -0.0471, dT = 1 K."""
    g, t, v = np.array([800.0]), np.array([20.0]), np.array([3.0])
    back = 800.0 * np.exp(-2.98 - 0.0471 * 3.0) + 20.0
    found = cell_temperature(g, t, v, model="sapm", sapm_mount="close_mount_glass_glass")
    assert found[0] == pytest.approx(back + 0.8 * 1.0)
    # the map runs PVsyst's model as Faiman's: 0.9 (1 - efficiency) G / (29 + 0)
    plant = PvPlant(cell="pvsyst")
    on_map = kernel_plant(plant)
    heat = 0.9 * (1.0 - plant.module.efficiency_frac)
    theirs = cell_temperature(
        g, t, v, model="pvsyst", u0=29.0, u1=0.0, efficiency_frac=plant.module.efficiency_frac
    )
    ours = cell_temperature(g, t, v, u0=on_map.heat_loss[0], u1=on_map.heat_loss[1])
    assert ours == pytest.approx(theirs)
    assert ours[0] == pytest.approx(20.0 + 800.0 * heat / 29.0)
