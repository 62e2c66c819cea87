"""Tables of constants, entry by entry against their sources."""

from __future__ import annotations

import math
import tomllib
from importlib import resources

import numpy as np
import pytest

from siting.wind.impact.noise import (
    OCTAVES_HZ,
    absorption_db_km,
    ground_attenuation_db,
    level_db,
    limit_of,
    noise_setback_m,
    sound_power_db,
    spectrum_db,
)
from siting.wind.machine.generic import generic_turbine, listed_generic
from siting.wind.resource.hub import default
from siting.wind.resource.roughness import roughness_of_classes


def table(name):
    text = resources.files("siting.wind.turbines").joinpath(name).read_text("utf-8")
    return tomllib.loads(text)


# ------------------------------------------------------------------ noise

# ISO 9613-2:1996 table 2: temperature, humidity, attenuation 63 Hz to 8 kHz [dB/km]
TABLE_2 = [
    (10.0, 0.70, [0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117.0]),
    (20.0, 0.70, [0.1, 0.3, 1.1, 2.8, 5.0, 9.0, 22.9, 76.6]),
    (30.0, 0.70, [0.1, 0.3, 1.0, 3.1, 7.4, 12.7, 23.1, 59.3]),
    (15.0, 0.20, [0.3, 0.6, 1.2, 2.7, 8.2, 28.2, 88.8, 202.0]),
    (15.0, 0.50, [0.1, 0.5, 1.2, 2.2, 4.2, 10.8, 36.2, 129.0]),
    (15.0, 0.80, [0.1, 0.3, 1.1, 2.4, 4.1, 8.3, 23.7, 82.8]),
]


@pytest.mark.parametrize(("temp", "humidity", "db_km"), TABLE_2)
def test_every_row_of_the_absorption_table_of_iso_9613_2(temp, humidity, db_km):
    assert absorption_db_km(temp, humidity) == pytest.approx(db_km, abs=0.055, rel=0.006)


def test_absorption_scales_with_pressure():
    """ISO 9613-1 (3) to (5): alpha(f, p) = p F(f / p, h), with h the molar share of water.

    At p = 10^-0.3 atmospheres and the humidity that keeps h, each octave has p times the
    attenuation of the next one at one atmosphere.
    """
    p = 10**-0.3
    thin = absorption_db_km(10.0, 0.70 * p, 101_325.0 * p)
    assert thin[:-1] == pytest.approx(p * absorption_db_km(10.0, 0.70)[1:], rel=1e-12)


def ground_of_table_3(h: float, d: float, g: float) -> list[float]:
    """A_s or A_r of ISO 9613-2:1996 table 3, written from the standard."""
    near, far = 1 - math.exp(-d / 50), 1 - math.exp(-2.8e-6 * d * d)
    a = 1.5 + 3.0 * math.exp(-0.12 * (h - 5) ** 2) * near + 5.7 * math.exp(-0.09 * h * h) * far
    b = 1.5 + 8.6 * math.exp(-0.09 * h * h) * near
    c = 1.5 + 14.0 * math.exp(-0.46 * h * h) * near
    e = 1.5 + 5.0 * math.exp(-0.9 * h * h) * near
    high = -1.5 * (1 - g)
    return [-1.5, -1.5 + g * a, -1.5 + g * b, -1.5 + g * c, -1.5 + g * e, high, high, high]


@pytest.mark.parametrize("g", [0.0, 0.4, 1.0])
@pytest.mark.parametrize(("hs", "hr", "d"), [(1.0, 1.5, 300.0), (6.0, 0.3, 60.0), (3, 4, 900)])
def test_ground_effect_of_table_3_in_every_band(hs, hr, d, g):
    """A_m: -3 q at 63 Hz, -3 q (1 - G) above; q = 1 - 30 (hs + hr)/d from d > 30 (hs + hr)."""
    q = max(0.0, 1 - 30 * (hs + hr) / d)
    middle = [-3 * q, *[-3 * q * (1 - g)] * 7]
    ends = zip(ground_of_table_3(hs, d, g), ground_of_table_3(hr, d, g), middle, strict=True)
    found = ground_attenuation_db(hs, hr, np.array([d]), g)[0]
    assert found == pytest.approx([sum(x) for x in ends], abs=1e-12)


def test_a_band_of_the_ground_effect_by_hand():
    """h_s = h_r = 1.5 m, d = 200 m, G = 1, 250 Hz: b' = 1.5 + 8.6 exp(-0.2025)(1 - e^-4) =
    1.5 + 8.6 0.816687 0.981684 = 8.39491; A = 2 (8.39491 - 1.5) + A_m, and A_m is 0 for G = 1.
    """
    found = ground_attenuation_db(1.5, 1.5, np.array([200.0]), 1.0)[0]
    assert found[2] == pytest.approx(2 * 6.89491, abs=2e-4)


# LAI, Hinweise zum Schallimmissionsschutz bei Windkraftanlagen, 2016, reference spectrum
SPECTRUM = {
    63: -20.3, 125: -11.9, 250: -7.7, 500: -5.5, 1000: -6.0, 2000: -8.0, 4000: -12.0,
    8000: -999.0,
}  # fmt: skip


def test_reference_spectrum():
    own = table("noise.toml")["spectrum"]
    assert dict(zip(own["frequency_hz"], own["relative_db"], strict=True)) == SPECTRUM
    assert list(OCTAVES_HZ) == list(SPECTRUM)
    # the figures add up to 0.9983 of the energy, so every band is lifted by 0.0074 dB
    energy = sum(10 ** (v / 10) for v in SPECTRUM.values())
    lift = -10 * math.log10(energy)
    assert lift == pytest.approx(0.0074, abs=5e-4)
    wanted = [100.0 + v + lift for v in list(SPECTRUM.values())[:7]]
    assert spectrum_db(100.0)[:7] == pytest.approx(wanted, abs=1e-9)


# GB 3096-2008 table 1: day and night [dB(A)]
GB_3096 = {
    "class_0": (50.0, 40.0), "class_1": (55.0, 45.0), "class_2": (60.0, 50.0),
    "class_3": (65.0, 55.0), "class_4a": (70.0, 55.0),
}  # fmt: skip


@pytest.mark.parametrize(("area", "limits"), GB_3096.items())
def test_limits_of_gb_3096(area, limits):
    found = limit_of(area)
    assert (found.day_db, found.night_db) == limits
    assert found.area == area


def test_class_1_stands_in():
    assert limit_of() == limit_of("class_1")


def test_noise_defaults():
    own = table("noise.toml")
    assert (own["ground"]["factor"], own["ground"]["receiver_m"]) == (0.5, 4.0)
    assert (own["air"]["temperature_c"], own["air"]["humidity_frac"]) == (10.0, 0.70)
    at = (np.zeros((1, 3)), np.array([80.0]), np.array([104.0]), np.array([[700.0, 0, 0]]))
    stated = level_db(
        *at, ground_factor=0.5, receiver_m=4.0, temperature_c=10.0, humidity_frac=0.70
    )
    assert level_db(*at)[0] == stated[0]


def test_sound_power_from_the_rating():
    """106 dB at 4 MW and 10 lg of the ratio: 1.5 MW 106 + 10 lg 0.375 = 101.740 dB."""
    level, estimated = sound_power_db(generic_turbine("generic_1500_325"))
    assert estimated
    assert level == pytest.approx(101.740, abs=1e-3)


def test_several_turbines_at_one_place_are_10_lg_n_louder():
    """Ten turbines of 95 dB are one of 105 dB."""
    ten = noise_setback_m(100.0, 95.0, 40.0, turbines=10)
    assert ten == pytest.approx(noise_setback_m(100.0, 105.0, 40.0), abs=1e-6)
    assert ten > noise_setback_m(100.0, 95.0, 40.0) + 100.0


def test_spreading_and_height_by_hand():
    """Twice the distance takes 20 lg 2 = 6.02 dB; all else is air and ground.

    The turbine stands 40 m above the dwelling's ground: rise 40 + 90 - 4 = 126 m, slant
    sqrt(600^2 + 126^2) = 613.09 m. Hard ground, d < 30 (90 + 4): -3 dB.
    """
    foot = np.array([[0.0, 0.0, 1140.0]])
    found = level_db(
        foot, np.array([90.0]), np.array([105.0]), np.array([[0.0, 600.0, 1100.0]]),
        ground_factor=0.0, receiver_m=4.0,
    )  # fmt: skip
    slant = 613.0872
    air = absorption_db_km(10.0, 0.70) * slant / 1000
    bands = spectrum_db(105.0) - (20 * math.log10(slant) + 11.0) - air + 3.0
    assert found[0] == pytest.approx(10 * math.log10((10 ** (bands / 10)).sum()), abs=1e-5)


# ------------------------------------------------------------------ flicker, roughness


def test_flicker_constants():
    own = table("flicker.toml")
    assert own["sun"]["min_elevation_deg"] == 3.0  # LAI
    assert own["reach"]["rotor_diameters"] == 10.0
    assert own["sunshine"]["dni_w_m2"] == 120.0  # WMO-No. 8
    assert (own["limit"]["hours_yr"], own["limit"]["minutes_day"]) == (30.0, 30.0)  # LAI


# European Wind Atlas, table 3.1, orders of magnitude; code of WorldCover 2021 -> z0 [m]
ROUGHNESS = {
    10: 0.8, 20: 0.1, 30: 0.03, 40: 0.05, 50: 0.5, 60: 0.01, 80: 0.0002, 90: 0.03,
}  # fmt: skip


def test_roughness_of_every_class():
    found = roughness_of_classes("worldcover2021")
    assert {k: found[k] for k in ROUGHNESS} == ROUGHNESS
    assert table("roughness.toml")["radius_m"] == 1000.0
    assert table("roughness.toml")["group_m"] == {
        "forest": 0.8, "built": 0.5, "water": 0.0002, "wetland": 0.03, "cropland": 0.05,
        "shrub_conditional": 0.1, "grassland": 0.03, "unused": 0.01, "other": 0.03,
    }  # fmt: skip


DEFAULTS = {
    ("shear", "exponent"): 0.143,  # one-seventh power law
    ("shear", "residual_frac"): 0.03,
    ("shear", "roughness_length_m"): 0.03,  # roughness class 1, European Wind Atlas
    ("turbulence", "intensity"): 0.10,
    ("possible", "mean_m_s"): 20.0,
    ("possible", "exponent"): 0.8,
    ("life", "years"): 25.0,
    ("life", "wide_sd_frac"): 0.3,
    ("sources", "told_frac"): 0.03,
    ("loss", "availability"): 0.03,
    ("loss", "electrical"): 0.02,
    ("loss", "environmental"): 0.01,
    ("loss", "curtailment"): 0.0,
    ("uncertainty", "measurement"): 0.03,
    ("uncertainty", "interannual"): 0.06,
    ("uncertainty", "shear_exponent"): 0.02,
    ("uncertainty", "power_curve"): 0.03,
    ("uncertainty", "availability"): 0.015,
    ("uncertainty", "electrical"): 0.005,
    ("haircut", "low"): 0.066,  # Simley et al. 2026
    ("haircut", "high"): 0.074,
}


@pytest.mark.parametrize(("key", "value"), DEFAULTS.items())
def test_default(key, value):
    assert default(*key) == value


def test_no_default_is_left_out():
    own = table("defaults.toml")
    assert {(t, k) for t, entries in own.items() for k in entries} == set(DEFAULTS)
    unsure = own["uncertainty"]
    assert unsure["measurement"]["value_model"] == 0.07
    assert unsure["shear_exponent"]["value_default"] == 0.05
    assert unsure["power_curve"]["value_generic"] == 0.06


def test_generic_machines():
    """Rotor area is rating over specific power: 5 MW / 225 W/m2 = 22,222 m2, 168.2 m."""
    machine = generic_turbine("generic_5000_225")
    assert machine.rotor_m == pytest.approx(math.sqrt(4 * 5e6 / 225 / math.pi))
    # tip 25 m above ground, towers in steps of 5 m: 84.1 + 25 = 109.1 -> 110 m
    assert machine.hub_m == 110.0
    assert generic_turbine("generic_1500_400").hub_m == 70.0  # the least tower
    assert machine.ct is not None
    assert machine.ct.max() == pytest.approx(0.80)
    assert machine.power_kw[machine.speed_m_s < 3.0].max() == 0.0
    assert machine.speed_m_s[-1] == 25.0
    own = {k: v["value"] for k, v in table("generic.toml")["model"].items()}
    assert own == {
        "cp_electrical": 0.44, "turbulence": 0.10, "ct_max": 0.80, "cut_in_m_s": 3.0,
        "cut_out_m_s": 25.0, "tip_clearance_m": 25.0, "hub_min_m": 70.0,
    }  # fmt: skip
    # 6 m/s, well below rated: cp rho A v^3/2 (1 + 3 TI^2)
    at_6 = machine.power_kw[machine.speed_m_s == 6.0][0]
    assert at_6 == pytest.approx(0.44 * 0.5 * 1.225 * (5e6 / 225) * 216 * 1.03 / 1e3, rel=1e-4)


def test_every_listed_machine_is_there():
    sizes = {
        1500: (325, 400), 2000: (225, 300), 3000: (200, 225, 250, 300),
        3300: (200, 225, 250, 300), 4000: (200, 225, 250, 300), 5000: (200, 225, 250, 300),
        5500: (200, 225, 250), 6250: (200, 225, 250),
    }  # fmt: skip
    wanted = [f"generic_{kw}_{s}" for kw, specific in sizes.items() for s in specific]
    assert list(listed_generic()) == wanted
