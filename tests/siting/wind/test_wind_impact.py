"""Noise, flicker, visibility, resource, quality checks, shear, law, hybrid: hand-computed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ConfigError, DataError, ModelError
from layers.plan.locality import Locality
from siting.economy.storage import Battery
from siting.wind.impact.flicker import SunSteps, flicker_hours, flicker_raster, sun_steps
from siting.wind.impact.noise import (
    absorption_db_km,
    ground_attenuation_db,
    level_db,
    noise_setback_m,
    spectrum_db,
)
from siting.wind.impact.visual import visible_turbines
from siting.wind.repower.economics import compare_money
from siting.wind.repower.eligibility import (
    eligibility,
    least_unit_mw,
    repower_consequences,
    rule_limit,
)
from siting.wind.repower.hybrid import best_split, complementarity, connection
from siting.wind.resource.qc import screen
from siting.wind.resource.shear import fit_profile, log_law, power_law, to_height
from siting.wind.resource.weibull import (
    fit_sectors,
    fit_weibull,
    weibull_mean_m_s,
)
from siting.wind.section import RepowerSection
from siting.wind.uncertainty import loss_chain, loss_table

# ------------------------------------------------------------------ noise


def test_air_absorption_is_the_table_of_iso_9613_2():
    """ISO 9613-2:1996 table 2, 10 C and 70 %: 0.1 0.4 1.0 1.9 3.7 9.7 32.8 117 dB/km."""
    assert absorption_db_km() == pytest.approx(
        [0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117.0], abs=0.05, rel=0.005
    )


def test_level_over_hard_ground_by_hand():
    """One turbine, L_W 105 dB(A), hub 100 m, receiver 4 m high at 500 m, hard ground (G = 0).

    Slant distance sqrt(500^2 + 96^2) = 509.13 m; divergence 20 lg 509.13 + 11 = 65.137 dB.
    Ground: A_s = A_r = -1.5 dB in all bands, A_m: q = 0 since 500 < 30 (100 + 4): -3 dB.
    Air at 10 C, 70 % over 0.50913 km by band:
    0.06 0.21 0.53 0.98 1.86 4.92 16.7 59.5 dB. Reference spectrum (its energies add up to
    0.9983, +0.0074 dB) at 105 dB: 84.71 93.11 97.31 99.51 99.01 97.01 93.01 -.
    Received: 22.51 30.76 34.64 36.39 35.01 29.95 14.17: sum
    178 + 1191 + 2911 + 4355 + 3170 + 989 + 26 = 12820 -> 41.08 dB(A).
    """
    found = level_db(
        np.zeros((1, 3)), np.array([100.0]), np.array([105.0]), np.array([[500.0, 0.0, 0.0]]),
        ground_factor=0.0, receiver_m=4.0,
    )  # fmt: skip
    assert found[0] == pytest.approx(41.08, abs=0.05)


def test_two_equal_turbines_add_three_decibels():
    receiver = np.array([[0.0, 600.0, 0.0]])
    one = level_db(np.array([[-50.0, 0, 0]]), np.array([90.0]), np.array([104.0]), receiver)
    two = level_db(
        np.array([[-50.0, 0, 0], [50.0, 0, 0]]), np.full(2, 90.0), np.full(2, 104.0), receiver
    )
    assert two[0] - one[0] == pytest.approx(10 * np.log10(2), abs=1e-9)


def test_ground_effect_of_porous_ground_by_hand():
    """G = 1, h_s = 100 m, h_r = 4 m, d = 500 m: 2 kHz and above 0 - 0 + 0 dB; 63 Hz -3 dB.

    A_r at 500 Hz: -1.5 + 1.5 + 14 exp(-0.46 16)(1 - e^-10) = 0.0089 dB; A_s: exp(-4600) = 0.
    """
    a = ground_attenuation_db(100.0, 4.0, np.array([500.0]), 1.0)[0]
    assert a[0] == pytest.approx(-3.0)
    assert a[3] == pytest.approx(0.00891, abs=1e-4)
    assert a[5:] == pytest.approx(0.0)


def test_against_pywake_iso_model():
    """PyWake's ISO 9613 (another implementation), G = 0: same level within 0.3 dB."""
    from py_wake.noise_models.iso import ISONoiseModel

    freqs = np.array([63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0])
    spectrum = spectrum_db(105.0)[None, :]
    model = ISONoiseModel([0.0], [0.0], 100.0, freqs, spectrum)
    for distance in (300.0, 700.0, 1500.0):
        out = model(
            [distance], [0.0], 4.0, patm=101325.0, Temp=10.0, RHum=70.0, ground_type=0.0
        )
        theirs = float(np.asarray(out[0]).ravel()[0])
        ours = level_db(
            np.zeros((1, 3)), np.array([100.0]), np.array([105.0]),
            np.array([[distance, 0.0, 0.0]]), ground_factor=0.0, receiver_m=4.0,
        )[0]  # fmt: skip
        assert ours == pytest.approx(theirs, abs=0.3)


@settings(max_examples=60, deadline=None)
@given(
    far=st.floats(20, 6000), share=st.floats(0.05, 0.999), hub=st.floats(50, 160),
    g=st.floats(0, 1),
)  # fmt: skip
def test_moving_a_dwelling_closer_never_lowers_its_noise(far, share, hub, g):
    spots = np.array([[far, 0, 0], [far * share, 0, 0]])
    a, b = level_db(
        np.zeros((1, 3)), np.array([hub]), np.array([105.0]), spots, ground_factor=g
    )
    assert b >= a - 1e-9


def test_noise_setback_is_where_the_limit_is_met():
    d = noise_setback_m(110.0, 106.0, 45.0)
    at = level_db(np.zeros((1, 3)), np.array([110.0]), np.array([106.0]), np.array([[d, 0, 0]]))
    assert at[0] == pytest.approx(45.0, abs=1e-3)
    assert noise_setback_m(110.0, 40.0, 45.0) == 0.0


def test_noise_without_a_position_is_refused():
    with pytest.raises(DataError, match="missing"):
        level_db(
            np.array([[np.nan, 0, 0]]), np.array([90.0]), np.array([105.0]), np.zeros((1, 3))
        )


# ------------------------------------------------------------------ flicker


def _one_sun(azimuth: float, elevation: float, rotor: float = np.nan) -> SunSteps:
    one = np.array([1])
    return SunSteps(
        np.array([azimuth]), np.array([elevation]), one * 0, one, np.array([0.4]),
        np.array([rotor]), 1.0,
    )  # fmt: skip


def test_shadow_by_hand():
    """Sun in the south, 30 deg high; hub 100 m, rotor 80 m, eye 0 m on level ground.

    The hub's shadow lies 100 / tan 30 = 173.2 m north. The disc facing the sun has the
    radius 40 m across the ray, so its shadow reaches 40 / sin 30 = 80 m along north-south
    (93.2 to 253.2 m) and 40 m east and west.
    """
    spots = [
        [0, 173.2],
        [0, 94.0],
        [0, 92.0],
        [0, 252.5],
        [0, 254.0],
        [39.0, 173.2],
        [41, 173.2],
    ]
    receptors = np.column_stack([spots, np.zeros(7)])
    found = flicker_hours(
        receptors, np.zeros((1, 3)), np.array([100.0]), np.array([80.0]), _one_sun(180.0, 30.0),
        eye_m=0.0,
    )  # fmt: skip
    assert found.worst_h_yr.tolist() == [1, 1, 0, 1, 0, 1, 0]
    assert found.worst_min_day.max() == 60.0


def test_expected_flicker_by_hand():
    """Chance of sun 0.4. A rotor seen edge-on (facing west) casts next to no shadow."""
    spot = np.array([[30.0, 173.2, 0.0]])
    args = (spot, np.zeros((1, 3)), np.array([100.0]), np.array([80.0]))
    facing = flicker_hours(*args, _one_sun(180.0, 30.0, 180.0), eye_m=0.0, expected=True)
    edge = flicker_hours(*args, _one_sun(180.0, 30.0, 270.0), eye_m=0.0, expected=True)
    assert facing.worst_h_yr[0] == edge.worst_h_yr[0] == 1.0
    assert facing.expected_h_yr[0] == pytest.approx(0.4)
    assert edge.expected_h_yr[0] == 0.0


def test_no_shadow_beyond_ten_rotor_diameters_or_south_of_the_turbine():
    sun = sun_steps(106.87, 39.0, step_min=15)
    turbine = np.zeros((1, 3))
    spots = np.array([[0.0, 850.0, 0.0], [0.0, -500.0, 0.0], [-500.0, 200.0, 0.0]])
    found = flicker_hours(spots, turbine, np.array([100.0]), np.array([80.0]), sun)
    # 39 N: at noon in midwinter the sun stands 27.6 deg high, the hub's shadow 194 m north;
    # farther north only at 850 m > 800 m reach: none; to the south none at all
    assert found.worst_h_yr[0] == 0.0
    assert found.worst_h_yr[1] == 0.0
    assert 0 < found.worst_h_yr[2] < 200


def test_raster_and_points_agree():
    sun = sun_steps(106.87, 39.0, step_min=20)
    ground = np.zeros((60, 60))
    turbine = np.array([[1500.0, 1500.0, 0.0]])
    hours = flicker_raster(
        ground, 0.0, 3000.0, 50.0, turbine, np.array([100.0]), np.array([120.0]), sun
    )
    rows, cols = np.nonzero((hours > 5) & (hours < 300))
    pick = slice(None, None, max(1, len(rows) // 12))
    spots = np.column_stack(
        [(cols[pick] + 0.5) * 50.0, 3000.0 - (rows[pick] + 0.5) * 50.0, 0.0 * rows[pick]]
    )
    points = flicker_hours(
        spots, turbine, np.array([100.0]), np.array([120.0]), sun, eye_m=0.0
    ).worst_h_yr
    assert hours[rows[pick], cols[pick]] == pytest.approx(points, abs=1e-3)


def test_sun_position_is_the_published_one():
    """NREL SPA case V11 at another time is checked by pvlib; here noon at 39 N, equinox.

    At true solar noon on the March equinox the sun stands 90 - 39 = 51 deg high, due south.
    """
    sun = sun_steps(105.0, 39.0, step_min=5, year=2023)
    noon = np.argmin(np.abs(sun.azimuth_deg - 180.0) + 10 * np.abs(sun.day - 79))
    assert sun.elevation_deg[noon] == pytest.approx(51.0, abs=0.6)


# ------------------------------------------------------------------ visibility


def test_earth_hides_what_is_far():
    """Eye 1.7 m and tip 20 m over a ball of 6371/0.87 km: horizon sqrt(2R)(sqrt 1.7 + sqrt 20).

    R = 7323 km: 4.99 km + 17.11 km = 22.1 km; at 21 km the tip is seen, at 23 km not.
    """
    ground = np.zeros((1, 260))
    seen = visible_turbines(
        ground,
        0.0,
        100.0,
        100.0,
        np.array([[50.0, 50.0, 0.0]]),
        np.array([20.0]),
        reach_m=26_000.0,
    )
    assert seen[0, 210] == 1
    assert seen[0, 230] == 0


# ------------------------------------------------------------------ resource


def test_sector_weibulls_give_back_the_energy():
    rng = np.random.default_rng(4)
    wd = rng.uniform(0, 360, 60_000)
    v = rng.weibull(2.1, 60_000) * (6 + 2 * np.cos(np.deg2rad(wd)))
    fit = fit_sectors(v, wd, 12)
    assert fit.frequency.sum() == pytest.approx(1.0)
    assert fit.a_m_s[0] == pytest.approx(8.0, rel=0.02)
    assert fit.a_m_s[6] == pytest.approx(4.0, rel=0.02)


def test_weibull_mean_is_gamma():
    """k = 2: A sqrt(pi)/2; A = 8: 7.0898 m/s."""
    assert weibull_mean_m_s(8.0, 2.0) == pytest.approx(8 * np.sqrt(np.pi) / 2)


def test_weibull_of_a_frozen_series_is_refused():
    with pytest.raises(DataError, match="does not vary"):
        fit_weibull(np.full(500, 5.0))


def test_profiles():
    """Power law 10 -> 80 m, 1/7: 8^(1/7) = 1.3459; log law over 0.03 m: ln(2667)/ln(333)."""
    assert float(power_law(5.0, 10.0, 80.0, 1 / 7)) == pytest.approx(5 * 1.345900, rel=1e-6)
    assert float(log_law(5.0, 10.0, 80.0, 0.03)) == pytest.approx(
        5 * np.log(80 / 0.03) / np.log(10 / 0.03)
    )
    fit = fit_profile({40.0: np.full(100, 6.0), 80.0: np.full(100, 6.9)})
    assert fit.value == pytest.approx(np.log(6.9 / 6) / np.log(2))
    with pytest.raises(ModelError, match="outside the range"):
        to_height(np.ones(3), 10.0, 500.0, fit)
    with pytest.raises(DataError, match="too few hours"):
        fit_profile({40.0: np.full(10, 6.0), 80.0: np.full(10, 7.0)})


# ------------------------------------------------------------------ quality


def test_frozen_and_icing_sensors_are_found():
    t = pd.date_range("2022-01-01", periods=400, freq="h", tz="UTC")
    rng = np.random.default_rng(1)
    v, wd, temp = rng.uniform(3, 9, 400), rng.uniform(0, 360, 400), np.full(400, 10.0)
    v[50:60] = 6.25  # ten equal hours
    temp[200:210], v[200:210], wd[200:210] = -8.0, 0.1, 77.0  # iced vane, cups still
    report = screen(t, v, direction_deg=wd, temp_c=temp)
    found = {c.code: c.hours for c in report.checks}
    assert found["frozen"] == 10
    assert found["icing"] == 10
    assert report.coverage_frac == pytest.approx(380 / 400)


def test_missing_rows_count_as_gaps():
    t = pd.date_range("2022-01-01", periods=100, freq="h", tz="UTC").delete(range(30, 40))
    report = screen(t, np.linspace(3, 9, 90))
    assert [(c.code, c.hours) for c in report.checks] == [("gap", 10)]
    assert report.coverage_frac == pytest.approx(0.9)


def test_a_series_without_time_zone_is_refused():
    with pytest.raises(DataError, match="no time zone"):
        screen(pd.date_range("2022-01-01", periods=3, freq="h"), np.ones(3))


# ------------------------------------------------------------------ losses and levels


def test_waterfall_closes():
    chain = loss_chain(1000.0, 0.08, {"curtailment": 0.037})
    # 8 % of 1000 MWh are lost in wakes: 920; then 3, 2, 1 and 3.7 % one after the other
    assert chain.net == pytest.approx(1000 * 0.92 * 0.97 * 0.98 * 0.99 * 0.963, rel=1e-12)
    table = loss_table(chain)
    assert table["left_mwh_yr"].iloc[0] - table["loss_mwh_yr"].sum() == pytest.approx(
        chain.net, rel=1e-9
    )
    assert table["loss_frac"].tolist() == [0.0, 0.08, 0.03, 0.02, 0.01, 0.037]
    with pytest.raises(ConfigError, match="no such loss"):
        loss_chain(1.0, 0.0, {"magic": 0.1})


# ------------------------------------------------------------------ law


def test_eligibility_boundaries():
    """More than 15 years, or below 1.5 MW: exactly 15 years and exactly 1.5 MW are neither."""
    table = pd.DataFrame(
        {
            "turbine_id": ["old", "young", "small", "undated", "edge"],
            "capacity_kw": [1500.0, 1500.0, 1499.0, 1500.0, 1500.0],
            "on_grid": ["2009-12-31", "2015-06-01", "2020-01-01", "", "2011-01-02"],
        }
    )
    found = eligibility(table, date(2026, 1, 1)).set_index("turbine_id")
    assert found["encouraged"].tolist() == [True, False, True, False, False]
    assert found.loc["undated", "by_age"] is None


def test_consequences_cite_the_rules():
    rows = {
        r.id: r
        for r in repower_consequences(
            old_mw=49.5,
            new_mw=75.0,
            unit_mw=5.0,
            years_on_grid=21.0,
            land_ratio=0.8,
            same_positions=False,
            full_load_hours_h=1900.0,
            min_unit_mw=3.0,
        )
    }
    assert "25.50 MW" in rows["capacity_added"].text("en")
    assert rows["subsidy_end"].met is False
    assert rows["hours"].met is False
    assert rows["land"].met is False
    assert all(r.citation and r.source_step and r.validity for r in rows.values())
    assert "45号" in rows["kind_increased"].citation


def test_consequences_leave_out_what_is_law_elsewhere():
    def ids(here, least=3.0):
        rows = repower_consequences(
            old_mw=49.5,
            new_mw=49.5,
            unit_mw=5.0,
            years_on_grid=16.0,
            land_ratio=0.8,
            same_positions=True,
            full_load_hours_h=2100.0,
            min_unit_mw=least,
            here=here,
        )
        return {r.id for r in rows}

    own, far = ids(Locality(adcode="640221")), ids(Locality(adcode="650102"))
    # the county's own plan, and the pilot of its province
    assert own - far == {"unit_size", "hours"}
    assert ids(Locality(adcode="640104")) == own - {"unit_size"}
    assert "retire" in far


def test_the_least_unit_is_asked_by_the_plan_or_by_the_rule_in_force():
    assert least_unit_mw(None, Locality(adcode="640221"))[0] == 3.0
    assert "碳达峰" in least_unit_mw(None, Locality(adcode="640221"))[1]
    assert least_unit_mw(None, Locality(adcode="650102")) == (0.0, "")
    assert least_unit_mw(4.0, Locality(adcode="650102"))[0] == 4.0


def test_limits_come_from_the_rule_books():
    assert rule_limit("WD-057").value == 5.0
    assert rule_limit("WD-071").value == 6.0
    with pytest.raises(ConfigError):
        rule_limit("WD-999")


def test_money_says_what_is_missing():
    """LCOE by hand: (5000 + 100 a) / (2.5 a), a = (1 - 1.05^-20)/0.05 = 12.46221 -> CNY/MWh."""
    bare = compare_money(
        RepowerSection(), new_kw=1.0, new_mwh_yr=2.5, old_kw=1.0, old_mwh_yr=1.5, old_years=10.0
    )
    assert bare.lcoe_cny_mwh is None
    assert "repower.capex_cny_kw" in bare.missing
    full = RepowerSection(
        capex_cny_kw=5000, opex_cny_kw_yr=100, discount_frac=0.05, tariff_cny_kwh=0.30,
        old_opex_cny_kw_yr=120,
    )  # fmt: skip
    found = compare_money(
        full, new_kw=1.0, new_mwh_yr=2.5, old_kw=1.0, old_mwh_yr=1.5, old_years=10.0
    )
    a20, a10 = (1 - 1.05**-20) / 0.05, (1 - 1.05**-10) / 0.05
    assert found.lcoe_cny_mwh == pytest.approx((5000 + 100 * a20) / (2.5 * a20))
    assert found.npv_repower_cny == pytest.approx(-5000 + (750 - 100) * a20)
    assert found.npv_run_on_cny == pytest.approx((450 - 120) * a10)
    # at the internal rate r 650 a year over 20 years are worth 5000: a(r) = 7.692, r = 11.5 %
    r = found.irr_repower_frac
    assert r == pytest.approx(0.115, abs=1e-3)
    assert 650.0 * (1 - (1 + r) ** -20) / r == pytest.approx(5000.0)


# ------------------------------------------------------------------ hybrid


def test_connection_closes_with_and_without_storage():
    rng = np.random.default_rng(0)
    wind, pv = rng.random(500), np.clip(np.sin(np.arange(500) / 24 * 2 * np.pi), 0, 1)
    bare = connection(wind, pv, 60.0, 60.0, 70.0)
    assert bare.sent_mwh + bare.curtailed_mwh == pytest.approx(bare.produced_mwh, rel=1e-9)
    stored = connection(wind, pv, 60.0, 60.0, 70.0, Battery(12.0, 24.0, 0.85))
    assert stored.sent_mwh >= bare.sent_mwh
    assert stored.curtailed_mwh <= bare.curtailed_mwh
    tight = connection(wind, pv, 60.0, 60.0, 50.0)
    assert tight.sent_mwh <= bare.sent_mwh


def test_best_split_of_perfect_complements_is_half():
    """Wind by night, PV by day, both at full power, limit = capacity: all splits send all;
    oversized twice, each alone loses half, the mix nothing.
    """
    day = (np.arange(240) % 24 < 12).astype(float)
    best, table = best_split(1 - day, day, 50.0, oversize=2.0, steps=5)
    assert best.wind_mw == best.pv_mw == 50.0
    assert best.curtailed_frac == 0.0
    assert table["curtailed_frac"].iloc[0] == pytest.approx(0.5)


def test_hybrid_refuses_gaps():
    t = pd.date_range("2022", periods=3, freq="h", tz="UTC")
    with pytest.raises(DataError, match="missing"):
        complementarity(t, np.array([0.1, np.nan, 0.2]), np.zeros(3))
    with pytest.raises(ConfigError, match="positive limit"):
        connection(np.zeros(2), np.zeros(2), 1.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("humidity_frac", 70.0),
        ("temperature_c", 283.15),
        ("pressure_pa", 1013.25),
        ("ground_factor", 7.0),
        ("ground_factor", float("nan")),
    ],
)
def test_air_in_another_unit_is_refused(name, value):
    with pytest.raises(DataError) as err:
        level_db([[0, 0, 0]], [100.0], [105.0], [[500, 0, 0]], **{name: value})
    assert [f.where for f in err.value.faults] == [name]
