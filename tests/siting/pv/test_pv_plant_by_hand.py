"""Plane, tracker, glass, heat and power, and two hours of the whole chain by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest

from layers.weather import Sun, Weather
from siting.pv.light.bifacial import rear_irradiance
from siting.pv.light.horizon import Horizon, sky_left
from siting.pv.light.optics import beam_iam, diffuse_iam
from siting.pv.light.rows import (
    ground_lit_fraction,
    ground_sky_factor,
    row_factors,
    shaded_fraction,
    sun_across,
)
from siting.pv.light.sky import plane_irradiance
from siting.pv.plant.chain import Resource, ground_albedo, site_yield
from siting.pv.plant.electrics import cell_temperature, dc_huld, dc_pvwatts
from siting.pv.plant.inverter import ac_power, pvwatts_inverter
from siting.pv.plant.plant import Slope
from siting.pv.plant.tracking import orientation
from siting.pv.study.assess import assess
from siting.pv.study.section import PvSection
from tests.siting.pv.pv_cases import clear_resource, huld, inverter, some_plant

# ---------------------------------------------------------------- glass, heat, power


def fresnel(theta: np.ndarray, n1: float, n2: float) -> np.ndarray:
    """Share transmitted at a surface, (2, n): across and along the plane of incidence."""
    a, b = np.cos(theta), np.cos(np.arcsin(n1 / n2 * np.sin(theta)))
    across = ((n1 * a - n2 * b) / (n1 * a + n2 * b)) ** 2
    along = ((n1 * b - n2 * a) / (n1 * b + n2 * a)) ** 2
    return 1.0 - np.stack([across, along])


@pytest.mark.parametrize(("model", "coat"), [("ar_glass", 1.3), ("glass", None)])
def test_glass_is_fresnels(model, coat):
    """Glass of 1.526, 2 mm, 4 /m (De Soto 2006), with or without a coat of 1.3 (Dobos)."""
    theta = np.deg2rad(np.array([1e-6, 30.0, 60.0, 75.0]))
    if coat is None:
        through = fresnel(theta, 1.0, 1.526)
    else:
        inside = np.arcsin(np.sin(theta) / coat)
        first, second = fresnel(theta, 1.0, coat), fresnel(inside, coat, 1.526)
        # light thrown to and fro in the coat: 1 / (1 - r1 r2)
        through = first * second / (1.0 - (1.0 - first) * (1.0 - second))
    through = through.mean(axis=0)
    path = np.cos(np.arcsin(np.sin(theta) / 1.526))
    through = through * np.exp(-4.0 * 0.002 / path)
    assert beam_iam(np.rad2deg(theta), model) == pytest.approx(through / through[0], abs=1e-6)


@pytest.mark.slow
def test_every_entry_of_the_diffuse_table():
    """Each tilt and model of iam_diffuse.csv against Marion's integral in pvlib."""
    tilts = np.arange(0.0, 91.0)
    for model, coat in (("ar_glass", {"n_ar": 1.3}), ("glass", {})):
        ours = diffuse_iam(tilts, model)
        theirs = pvlib.iam.marion_diffuse("physical", tilts, n=1.526, **coat)
        for got, name in zip(ours, ("sky", "horizon", "ground"), strict=True):
            known = np.asarray(theirs[name])
            use = np.isfinite(known) & (known > 0)
            np.testing.assert_allclose(got[use], known[use], atol=2e-6, err_msg=name)


def test_cell_temperatures():
    """Faiman: T + G / (25 + 6.84 v). King (2004), open rack glass/polymer: a = -3.56,
    b = -0.075, dT = 3. PVsyst: absorption 0.9 less the efficiency."""
    g, t, v = np.array([800.0]), np.array([20.0]), np.array([3.0])
    assert cell_temperature(g, t, v)[0] == pytest.approx(20.0 + 800.0 / (25.0 + 6.84 * 3.0))
    back = 800.0 * np.exp(-3.56 - 0.075 * 3.0) + 20.0
    assert cell_temperature(g, t, v, model="sapm")[0] == pytest.approx(back + 0.8 * 3.0)
    pvsyst = cell_temperature(g, t, v, model="pvsyst", u0=29.0, u1=1.5, efficiency_frac=0.2)
    assert pvsyst[0] == pytest.approx(20.0 + 800.0 * 0.9 * 0.8 / (29.0 + 1.5 * 3.0))


def test_power_by_hand():
    assert dc_huld(np.array([350.0]), np.array([47.0]))[0] == pytest.approx(huld(350.0, 47.0))
    # 60 C is 35 K over 25: 0.5 * (1 - 35 * 0.004)
    assert dc_pvwatts(np.array([500.0]), np.array([60.0]), -0.004)[0] == pytest.approx(0.43)
    free, sent, own = ac_power(
        np.array([0.3, 0.9]), dc_ac_ratio=1.25, inverter=pvwatts_inverter(0.97)
    )
    assert not own.any()
    rated = 0.8 / 0.97
    assert sent == pytest.approx([inverter(0.3, rated, 0.97), 0.8], rel=1e-12)
    assert free == pytest.approx([inverter(0.3, rated, 0.97), 0.9 * 0.97], rel=1e-12)


# ---------------------------------------------------------------- a plane, a tracker


def one_sun(zenith_deg: float, azimuth_deg: float) -> Sun:
    t = pd.date_range("2023-06-21 12:30", periods=1, freq="h", tz="Etc/GMT-7")
    from layers.weather import sun

    s = vars(sun(t, 106.7, 38.8))
    z, a = np.array([zenith_deg]), np.array([azimuth_deg])
    given = {"zenith_deg": z, "apparent_zenith_deg": z, "azimuth_deg": a}
    return Sun(**{k: given.get(k, v) for k, v in s.items()})


def test_a_tilted_plane_by_hand():
    """Isotropic sky: DNI cos(aoi) + DHI (1 + cos b) / 2 + GHI rho (1 - cos b) / 2."""
    one = np.ones(1)
    p = plane_irradiance(
        40.0, 180.0, one_sun(50.0, 180.0), dni_w_m2=800 * one, ghi_w_m2=600 * one,
        dhi_w_m2=86 * one, albedo=0.25, model="isotropic",
    )  # fmt: skip
    cos_b = np.cos(np.deg2rad(40.0))
    assert p.aoi_deg[0] == pytest.approx(10.0)
    assert p.beam[0] == pytest.approx(800.0 * np.cos(np.deg2rad(10.0)))
    assert p.isotropic[0] == pytest.approx(86.0 * (1 + cos_b) / 2)
    assert p.ground[0] == pytest.approx(600.0 * 0.25 * (1 - cos_b) / 2)
    assert p.circumsolar[0] == p.horizon[0] == 0.0
    assert p.total[0] == pytest.approx(p.beam[0] + p.isotropic[0] + p.ground[0])
    # the sun behind the plane gives no beam
    behind = plane_irradiance(
        60.0, 0.0, one_sun(50.0, 180.0), dni_w_m2=800 * one, ghi_w_m2=600 * one,
        dhi_w_m2=86 * one, albedo=0.25, model="isotropic",
    )  # fmt: skip
    assert behind.beam[0] == 0.0
    hay = plane_irradiance(
        40.0, 180.0, one_sun(50.0, 180.0), dni_w_m2=800 * one, ghi_w_m2=600 * one,
        dhi_w_m2=86 * one, albedo=0.25, model="haydavies",
    )  # fmt: skip
    # Hay and Davies: the share DNI / extraterrestrial of diffuse light comes from the sun
    share = 800.0 / float(one_sun(50.0, 180.0).dni_extra_w_m2[0])
    ratio = np.cos(np.deg2rad(10.0)) / np.cos(np.deg2rad(50.0))
    assert hay.circumsolar[0] == pytest.approx(86.0 * share * ratio, rel=1e-6)
    assert hay.isotropic[0] == pytest.approx(86.0 * (1 - share) * (1 + cos_b) / 2, rel=1e-6)
    # Perez: brighter at the sun and at the horizon; parts of the sky by his own coefficients
    perez = plane_irradiance(
        40.0, 180.0, one_sun(50.0, 180.0), dni_w_m2=800 * one, ghi_w_m2=600 * one,
        dhi_w_m2=86 * one, albedo=0.25, model="perez",
    )  # fmt: skip
    sky = pvlib.irradiance.perez(
        40.0, 180.0, 86.0, 800.0, one_sun(50.0, 180.0).dni_extra_w_m2[0], 50.0, 180.0,
        pvlib.atmosphere.get_relative_airmass(50.0),
    )  # fmt: skip
    assert perez.circumsolar[0] + perez.isotropic[0] + perez.horizon[0] == pytest.approx(sky)
    assert perez.total[0] == pytest.approx(perez.beam[0] + sky + perez.ground[0])


def test_trackers_turn_to_the_sun():
    """Sun 45 deg high in the west: 45 deg to the west; limit, height, slope by the side."""
    plant = some_plant(mounting="tracker", backtrack=False, clearance_m=1.0)
    west = orientation(plant, Slope(0.05, 0.02), one_sun(45.0, 270.0))
    east = orientation(plant, Slope(0.05, 0.02), one_sun(45.0, 90.0))
    assert float(west.tilt_deg[0]) == pytest.approx(45.0, abs=0.2)
    assert (west.facing_deg[0], east.facing_deg[0]) == (270.0, 90.0)
    # ground that rises behind a module facing west falls behind one facing east
    assert (west.rise[0], east.rise[0]) == (0.05, -0.05)
    assert (west.axis_rise[0], east.axis_rise[0]) == (0.02, -0.02)
    # the lower edge hangs half a width times sin 45 under the axis
    assert float(west.clearance[0]) == pytest.approx(
        1.0 - 0.5 * np.sin(np.deg2rad(45)), abs=2e-3
    )
    assert float(west.surface_azimuth_deg[0]) == pytest.approx(270.0, abs=2.0)
    low = orientation(plant.changed(max_angle_deg=30.0), Slope(), one_sun(80.0, 270.0))
    assert float(low.tilt_deg[0]) == pytest.approx(30.0)
    # an edge that would be in the ground, 0.3 - 0.5 sin 45, lies a hundredth above it
    dug = orientation(plant.changed(clearance_m=0.3), Slope(), one_sun(45.0, 270.0))
    assert float(dug.clearance[0]) == 0.01
    night = orientation(plant, Slope(), one_sun(100.0, 270.0))
    assert float(night.surface_tilt_deg[0]) == 0.0
    # level rows backtrack: cos(turn) = pitch * cos of the true angle; 80 deg, gcr 0.4
    back = orientation(
        plant.changed(backtrack=True, max_angle_deg=90.0), Slope(), one_sun(80.0, 270.0)
    )
    true = np.deg2rad(80.0)
    turned = 80.0 - np.rad2deg(np.arccos(np.cos(true) / 0.4))
    assert float(back.tilt_deg[0]) == pytest.approx(turned, abs=1e-6)


# ---------------------------------------------------------------- the chain, hour by hour


def few_hours(**given) -> Resource:
    """Two hours of a made-up year, sun in the south and in the west."""
    index = pd.DatetimeIndex(["2023-01-10 12:30", "2023-07-10 15:30"], tz="Etc/GMT-7")
    s = one_sun(50.0, 180.0)
    double = {k: np.repeat(v, 2) for k, v in vars(s).items()}
    z, a = np.array([50.0, 60.0]), np.array([180.0, 250.0])
    sun = Sun(**(double | {"zenith_deg": z, "apparent_zenith_deg": z, "azimuth_deg": a}))
    base = {
        "ghi_w_m2": np.array([600.0, 500.0]),
        "dni_w_m2": np.array([800.0, 760.0]),
        "dhi_w_m2": np.array([86.0, 120.0]),
        "temp_air_c": np.array([-3.0, 31.0]),
        "wind_speed_m_s": np.array([2.0, 4.0]),
    } | given
    albedo = base.pop("albedo", None)
    weather = Weather(pd.DataFrame(base, index=index), 106.7, 38.8, 1100.0, source="made up")
    return Resource(weather, sun, index, albedo=albedo, years=(2023,), **base)


def test_two_hours_of_the_chain_by_hand():
    """Every step of the waterfall written out for two hours, isotropic sky, no glass."""
    res = few_hours()
    given = {"soiling": (0.05,) * 6 + (0.02,) * 6, "snow": (0.1,) + (0.0,) * 11, "lid": 0.01}
    given |= {"wiring_ac": 0.02, "curtailment": (0.0,) * 6 + (0.04,) * 6}
    plant = some_plant(
        tilt_deg=35.0, gcr=0.45, transposition="isotropic", iam="none", dc="pvwatts",
        albedo=0.3, losses=given, dc_ac_ratio=1.4, module="pvwatts_standard",
    )  # fmt: skip
    slope = Slope(0.03, 0.02)
    y = site_yield(res, plant, slope=slope, horizon=Horizon(np.full(36, 5.0)))
    b = np.deg2rad(35.0)
    z, a = np.deg2rad(res.sun.apparent_zenith_deg), np.deg2rad(res.sun.azimuth_deg - 180.0)
    cos_i = np.cos(z) * np.cos(b) + np.sin(z) * np.cos(a) * np.sin(b)
    beam, sky = res.dni_w_m2 * cos_i, res.dhi_w_m2 * (1 + np.cos(b)) / 2
    open_ground = 0.3 * res.ghi_w_m2 * (1 - np.cos(b)) / 2
    left = float(sky_left(Horizon(np.full(36, 5.0)), 35.0, 180.0))
    x, up = np.sin(z) * np.cos(a), np.cos(z) - np.sin(z) * np.sin(a) * 0.02
    shade = shaded_fraction(35.0, 0.45, x, up, rise=0.03)
    f = row_factors(35.0, 0.45, rise=0.03)
    lit = ground_lit_fraction(35.0, 0.45, x, up, rise=0.03)
    svf = ground_sky_factor(35.0, 0.45, 0.2)
    bhi = res.ghi_w_m2 - res.dhi_w_m2
    ground = 0.3 * (bhi * lit + res.dhi_w_m2 * svf) * float(f.ground)
    behind = beam * (1 - shade) + sky * left * float(f.sky_ratio) + ground
    clean = behind * np.array([0.95 * 0.9, 0.98])
    cell = res.temp_air_c + clean / (25.0 + 6.84 * res.wind_speed_m_s)
    dc = clean / 1000.0 * (1 - 0.0037 * (cell - 25.0)) * 0.99
    rated = 1 / 1.4 / 0.96
    ac = np.array([min(inverter(v, rated, 0.96), 1 / 1.4) for v in dc]) * 0.98
    ac = ac * np.array([1.0, 0.96])
    after = {s.id: s.after for s in y.waterfall.steps}
    kwh = {
        "ghi": res.ghi_w_m2,
        "transposition": beam + sky + open_ground,
        "horizon": beam + sky * left + open_ground,
        "near_shading": behind,
        "rear": behind,
        "snow": clean,
        "iam": clean,
        "low_light": clean,
        "lid": dc * 1000.0,
        "curtailment": ac * 1000.0,
    }
    for step, values in kwh.items():
        assert after[step] == pytest.approx(values.sum() / 1000.0, rel=1e-9), step
    assert y.kwh_kwp_yr == pytest.approx(ac.sum(), rel=1e-9)
    assert y.performance_ratio == pytest.approx(
        ac.sum() * 1000.0 / (beam + sky + open_ground).sum()
    )
    assert y.hourly["temp_cell_c"].to_numpy() == pytest.approx(cell)


def test_light_on_the_back_skips_dust_and_not_snow():
    res = few_hours()
    plant = some_plant(
        gcr=0.4, bifacial=True, rear_loss_frac=0.1, iam="none", transposition="isotropic",
        losses={"soiling": 0.5, "snow": (0.2,) * 12},
    )  # fmt: skip
    h = site_yield(res, plant).hourly
    assert h["effective_w_m2"].to_numpy() == pytest.approx(
        (h["poa_w_m2"] * 0.5 + h["rear_w_m2"]).to_numpy() * 0.8
    )
    none = site_yield(res, plant.changed(rear_loss_frac=0.0)).hourly["rear_w_m2"]
    assert h["rear_w_m2"].to_numpy() == pytest.approx(0.9 * none.to_numpy())
    s = res.sun
    x, z = sun_across(s.apparent_zenith_deg, s.azimuth_deg, 180.0)
    light = rear_irradiance(
        30.0, 0.4, 0.2, x, z, cos_aoi=np.ones(2), dni_w_m2=res.dni_w_m2,
        bhi_w_m2=res.ghi_w_m2 - res.dhi_w_m2, dhi_w_m2=res.dhi_w_m2, albedo=0.2,
    )  # fmt: skip
    # TOPCon: the back is worth 80 % of the front
    assert none.to_numpy() == pytest.approx(0.8 * light)


def test_whose_albedo_counts():
    """The plant's before the weather's before 0.2."""
    snow = few_hours(albedo=np.array([0.6, 0.2]))
    assert ground_albedo(some_plant(albedo=0.3), snow) == 0.3
    assert list(ground_albedo(some_plant(), snow)) == [0.6, 0.2]
    assert ground_albedo(some_plant(), few_hours()) == 0.2


def test_a_site_higher_up_is_cooler():
    """ISO 2533: 6.5 K a kilometre; Faiman's cell follows the air."""
    args = {"capacity_mw": 1.0, "tilt_deg": 33.0, "lat": 38.8}
    res = clear_resource()
    low = assess("s", PvSection(), res, **args, altitude_m=1100.0)
    high = assess("s", PvSection(), res, **args, altitude_m=2100.0)
    gap = (low.result.hourly["temp_cell_c"] - high.result.hourly["temp_cell_c"]).to_numpy()
    assert gap == pytest.approx(np.full(len(gap), 6.5))
