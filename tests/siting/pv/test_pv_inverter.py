"""Modules that feel heat in every model, and inverters against pvlib's and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pvlib
import pytest

from gis.errors import ConfigError
from siting.pv.plant.chain import site_yield
from siting.pv.plant.electrics import dc_huld, dc_pvwatts
from siting.pv.plant.fused import fixed_yield
from siting.pv.plant.inverter import (
    Inverter,
    LoadCurve,
    ac_limit,
    ac_power,
    inverter_quadratic,
    inverters,
    pvwatts_inverter,
)
from siting.pv.plant.node_hours import node_hours
from siting.pv.plant.plant import PvPlant
from tests.siting.pv.pv_cases import clear_resource, some_plant
from tests.siting.pv.test_pv_grid import open_cells

# ---------------------------------------------------------------- temperature coefficient


@pytest.mark.parametrize("gamma", [-0.0026, -0.0029, -0.0037])
def test_huld_has_the_modules_slope(gamma):
    """PVWatts' slope at 1000 W/m2; 25 K higher Huld's k6/k3 = 0.1 % a kelvin bends it."""
    g = np.full(2, 1000.0)
    around = dc_huld(g, np.array([24.9, 25.1]), gamma)
    assert np.diff(around)[0] / 0.2 == pytest.approx(gamma, rel=1e-6)
    hot = np.array([50.0, 50.0])
    linear = dc_pvwatts(g, hot, gamma)[0]
    assert dc_huld(g, hot, gamma)[0] - linear == pytest.approx(
        -gamma / 0.004702 * 0.000005 * 625
    )
    # a module that does not feel heat gives the same at any temperature
    assert dc_huld(g, hot, 0.0)[0] == dc_huld(g, np.full(2, 25.0))[0]
    # and PVGIS' own slope gives PVGIS
    assert dc_huld(g / 3, hot, -0.004702) == pytest.approx(dc_huld(g / 3, hot), rel=1e-12)


@pytest.mark.parametrize("dc", ["huld", "pvwatts"])
def test_two_modules_in_a_hot_place_differ_by_their_coefficients(dc):
    """Air of 25 C in the mean (New Delhi): 0.08 %/K times the warmth over 25 C of the hours,
    weighted with light: sum g (1 - 0.0029 t) / sum g (1 - 0.0037 t) - 1, about 1.6 %."""
    res = clear_resource(0.3)
    hot = replace(res, temp_air_c=res.temp_air_c + 16.0)  # 9 C in the mean before
    base = {"gcr": 0.0, "dc": dc, "inverter": "none", "losses": {"lid": 0.0}}
    topcon = some_plant(module="topcon_bifacial", **base)
    standard = topcon.changed(
        module={**dict(topcon.module), "id": "standard", "gamma_per_c": -0.0037}
    )
    a, b = site_yield(hot, topcon), site_yield(hot, standard)
    g, t = a.hourly["effective_w_m2"], a.hourly["temp_cell_c"] - 25.0
    expected = (g * (1 - 0.0029 * t)).sum() / (g * (1 - 0.0037 * t)).sum() - 1.0
    assert a.kwh_kwp_yr / b.kwh_kwp_yr - 1.0 == pytest.approx(expected, abs=1e-3)
    assert 0.013 < expected < 0.021


# ---------------------------------------------------------------- inverters


def test_the_default_is_the_row_of_the_cec_table():
    """Every coefficient of the row over its rated power; CEC efficiency 98.5 % as listed."""
    row = pvlib.pvsystem.retrieve_sam("CECInverter")[
        "Chint_Power_Systems_America__CPS_SCH125KTL_DO_US_600__600V_"
    ]
    one = inverters()["string_1500v"]
    rated = float(row["Paco"])
    assert one.sandia is not None
    listed = {
        "pdco": row["Pdco"] / rated,
        "pso": row["Pso"] / rated,
        "vdco_v": row["Vdco"],
        "c0": row["C0"] * rated,
        "c1": row["C1"],
        "c2": row["C2"],
        "c3": row["C3"],
    }
    assert one.sandia.model_dump() == pytest.approx(listed, rel=1e-6)
    assert one.night_frac == pytest.approx(row["Pnt"] / rated)
    assert (one.mppt_min_v, one.mppt_max_v) == (row["Mppt_low"], row["Mppt_high"])
    dc = np.linspace(0.0, 1.3, 300)
    volts = np.linspace(880.0, 1290.0, 300)
    theirs = pvlib.inverter.sandia(volts, dc * rated, row) / rated
    _, sent, own = ac_power(dc, dc_ac_ratio=1.0, inverter=one, voltage_v=volts)
    # the row of the data has nine digits
    np.testing.assert_allclose(sent - own, theirs, atol=2e-6)
    assert sent[-1] == 1.0
    assert one.cec_frac == pytest.approx(0.985, abs=5e-4)


def test_weighted_efficiencies_by_hand():
    """A flat curve has its efficiency as every weighted one; PVWatts at full load is 0.96."""
    flat = Inverter(id="f", model="curve", curves=({"points": ((0.0, 0.0), (1.2, 1.176))},))
    assert flat.european_frac == pytest.approx(0.98) == pytest.approx(flat.cec_frac)
    assert inverters()["pvwatts"].at_load(1.0) == pytest.approx(0.96, rel=1e-4)
    assert inverters()["none"].cec_frac == 1.0


def test_a_table_of_voltages_is_interpolated():
    """Halfway between 900 and 1300 V is the mean of both; outside the nearest holds."""
    low = LoadCurve(voltage_v=900.0, points=((0.0, 0.0), (1.05, 1.0)))
    high = LoadCurve(voltage_v=1300.0, points=((0.0, 0.0), (1.02, 1.0)))
    two = Inverter(id="t", model="curve", curves=(high, low))
    dc = np.full(4, 0.51)
    volts = np.array([500.0, 900.0, 1100.0, 2000.0])
    _, sent, _ = ac_power(dc, dc_ac_ratio=1.0, inverter=two, voltage_v=volts)
    a, b = 0.51 / 1.05, 0.5
    assert sent == pytest.approx([a, a, (a + b) / 2, b])


def test_heat_lowers_the_limit():
    """1 to 45 C, 0.9 at 50 C, 0.36 at 60 C: at 55 C 0.63."""
    hot = Inverter(id="h", efficiency_frac=1.0, derate=((45.0, 1.0), (50.0, 0.9), (60.0, 0.36)))
    limit = ac_limit(hot, np.array([20.0, 50.0, 55.0]))
    assert limit == pytest.approx([1.0, 0.9, 0.63])
    _, sent, _ = ac_power(np.full(3, 1.1), dc_ac_ratio=1.0, inverter=hot, limit=limit)
    assert sent == pytest.approx(limit)


def test_nothing_is_lost_without_an_inverter():
    """PVGIS has none: 0 at any ratio (2.9 % of part-load loss at 0.5 before)."""
    for ratio in (0.5, 1.25):
        y = site_yield(clear_resource(), some_plant(inverter="none", dc_ac_ratio=ratio))
        by_id = {s.id: s.delta for s in y.waterfall.steps}
        assert by_id["inverter"] == by_id["clipping"] == by_id["night"] == 0.0


def test_night_use_is_drawn():
    """0.3 W for each kW of 0.8 kW, in every hour without light."""
    y = site_yield(clear_resource(), some_plant(inverter="string_1500v"))
    dark = y.hourly["dc_kw_kwp"] == 0.0
    assert y.hourly["ac_kw_kwp"][dark].to_numpy() == pytest.approx(-0.0003 * 0.8)
    step = next(s for s in y.waterfall.steps if s.id == "night")
    assert step.delta == pytest.approx(-0.0003 * 0.8 * dark.sum(), rel=0.02)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"model": "sandia"}, "do not belong together"),
        ({"curves": ({"points": ((0.0, 0.0), (1.0, 1.1))},), "model": "curve"}, "never above"),
        ({"curves": ({"points": ((0.0, 0.0), (0.5, 0.4))},), "model": "curve"}, "must reach"),
        ({"mppt_min_v": 900.0, "mppt_max_v": 800.0}, "cannot be"),
        ({"derate": ((50.0, 1.0), (45.0, 0.9))}, "must rise"),
    ],
)
def test_inverters_that_cannot_be(bad, said):
    with pytest.raises(ConfigError, match=said):
        PvPlant(inverter={"id": "x", **bad})


def test_the_map_has_the_inverter_of_the_chain():
    """Sandia's and PVWatts' models are quadratics; a table is fitted within 0.1 % of power."""
    dc = np.linspace(0.1, 1.0, 50)
    for one in (inverters()["string_1500v"], pvwatts_inverter(0.97)):
        q0, q1, q2 = inverter_quadratic(one)
        free, _, _ = ac_power(dc, dc_ac_ratio=1.0, inverter=one)
        assert q0 + q1 * dc + q2 * dc * dc == pytest.approx(free, abs=1e-9)
    res, cells = clear_resource(0.2), open_cells(np.array([33.0]), np.array([180.0]))
    for name in ("string_1500v", "none"):
        plant = some_plant(inverter=name, tilt_deg=33.0, gcr=0.0, dc_ac_ratio=1.3)
        mapped = fixed_yield(node_hours(res, plant, 8), cells, plant)[0].sum()
        assert mapped == pytest.approx(site_yield(res, plant).kwh_kwp_yr, rel=3e-4)
