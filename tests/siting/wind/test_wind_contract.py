"""Power curves say where they end, and files of makers are read as they are written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gis.errors import DataError
from siting.wind.farm import farm_yield
from siting.wind.machine.engine import energy, power_table, series_kw
from siting.wind.machine.library import windpowerlib_turbines
from siting.wind.machine.makers import MachineData, read_machines
from siting.wind.machine.turbine import Turbine, power_kw
from siting.wind.section import WindSection
from siting.wind.yields import wind_weather
from tests.siting.wind.test_wind_of_arrays import TIMES

V = np.arange(3.0, 26.0)
P = np.clip((V - 3.0) / 9.0, 0.0, 1.0) ** 2 * 3000.0  # rated from 12 m/s on


def machine(v=V, p=P, **more):
    return Turbine("m", 3000.0, 120.0, 100.0, v, p, None, **more)


@pytest.mark.parametrize("end", [12.0, 14.0, 19.0])
def test_a_curve_that_ends_at_rated_power_is_asked_for_its_cut_out(end):
    cut = end >= V
    with pytest.raises(DataError, match="cut_out_m_s"):
        machine(V[cut], P[cut])
    # stated, the power is held: the same energy as the whole curve
    u = (np.arange(20_000) + 0.5) / 20_000
    wind = 8.0 * np.sqrt(-np.log1p(-u))
    whole = energy(machine(), wind, 1.225).mean_kw
    assert energy(machine(V[cut], P[cut], stop_m_s=25.0), wind, 1.225).mean_kw == (
        pytest.approx(whole, rel=1e-6)
    )


def test_the_end_of_a_whole_curve_is_taken_and_told():
    assert [w.code for w in machine().warnings] == ["cut_out_from_curve"]
    stated = machine(stop_m_s=25.0)
    assert stated.warnings == ()
    assert (stated.cut_in_m_s, stated.rated_m_s, stated.cut_out_m_s) == (4.0, 12.0, 25.0)
    # zeros behind the cut-out are no part of the curve
    more = machine(np.append(V, [26.0, 30.0]), np.append(P, [0.0, 0.0]))
    assert more.cut_out_m_s == 25.0


def test_missing_bins_are_filled_aloud_or_refused():
    """One bin of 1 m/s: filled by the cubic, within 2 % of rated of the square it lacks."""
    one = V != 8.0
    filled = machine(V[one], P[one], stop_m_s=25.0)
    assert [w.code for w in filled.warnings] == ["curve_filled"]
    assert float(power_kw(filled, 8.0)) == pytest.approx((5 / 9) ** 2 * 3000.0, abs=60.0)
    three = (V < 7.0) | (V > 9.0)
    with pytest.raises(DataError, match=r"6-10 m/s"):
        machine(V[three], P[three], stop_m_s=25.0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"stop_m_s": 20.0}, "power above the cut-out"),
        ({"stop_m_s": 80.0}, "stop|limit of the wind speed"),
        ({"start_m_s": 13.0, "full_m_s": 12.0}, "not in order"),
        ({"restart_m_s": 26.0, "stop_m_s": 25.0}, "not in order"),
        ({"full_m_s": 8.0}, "does not fit"),
        ({"start_m_s": 9.0}, "does not fit"),
    ],
)
def test_limits_that_contradict_the_curve(more, words):
    with pytest.raises(DataError, match=words):
        machine(**more)


def test_a_storm_keeps_the_machine_still_until_the_restart_speed():
    """26, 24, 22, 21: still from the storm until below 22 m/s; full before and after."""
    wind = np.array([24.0, 26.0, 24.0, 22.0, 21.0, 24.0])
    at_once = series_kw(power_table(machine(stop_m_s=25.0)), wind, 1.225)
    assert at_once.round().tolist() == [3000, 0, 3000, 3000, 3000, 3000]
    waits = machine(stop_m_s=25.0, restart_m_s=22.0)
    assert series_kw(power_table(waits), wind, 1.225).round().tolist() == [
        3000, 0, 0, 0, 3000, 3000,
    ]  # fmt: skip
    assert energy(waits, wind, 1.225).mean_kw[0] == pytest.approx(1500.0, rel=1e-4)


def test_the_short_curve_of_the_library_runs_to_its_cut_out():
    """V90/2000 stops at 16.5 m/s in windpowerlib 0.2.2; the maker cuts it out at 25."""
    assert windpowerlib_turbines()["wpl/V90/2000"].cut_out_m_s == 25.0
    assert all(t.cut_out_m_s >= 20.0 for t in windpowerlib_turbines().values())


def test_rotors_that_touch_are_refused_at_the_library_door():
    wind = wind_weather(TIMES, np.full(8760, 9.0), height_m=100.0)
    with pytest.raises(DataError, match="closer than a rotor diameter") as told:
        farm_yield([0.0, 26.0], [0.0, 0.0], machine(), wind, WindSection())
    assert "0 - 1: 26 m" in str(told.value)


WTG = """<?xml version="1.0" encoding="UTF-8"?>
<WindTurbineGenerator FormatVersion="1.01" Description="Own 3000" RotorDiameter="120">
<SuggestedHeights><Height>100</Height></SuggestedHeights>
<PerformanceTable AirDensity="{rho}" MaximumNoiseLevel="0" StationaryThrustCoEfficient="0.05">
<StartStopStrategy LowSpeedCutIn="4" HighSpeedCutIn="22" HighSpeedCutOut="25"/>
<DataTable>{points}</DataTable></PerformanceTable></WindTurbineGenerator>"""
POINT = '<DataPoint WindSpeed="{v}" PowerOutput="{p}" ThrustCoEfficient="0.8"/>'


def test_wtg_of_wasp(tmp_path):
    points = "".join(POINT.format(v=v, p=p * 1000) for v, p in zip(V, P, strict=True))
    path = tmp_path / "a.wtg"
    path.write_text(WTG.format(rho=1.225, points=points), encoding="utf-8")
    found = read_machines(path)["Own 3000"]
    assert (found.rated_kw, found.rotor_m, found.hub_m) == (3000.0, 120.0, 100.0)
    assert (found.cut_in_m_s, found.cut_out_m_s, found.restart_m_s) == (4.0, 25.0, 22.0)
    assert (found.ct_kind, found.sound_power_db, found.warnings) == ("given", None, ())


def test_the_wtg_that_comes_with_pywake():
    """Vestas V112 of PyWake's examples: 3,075 kW, 14 densities, noise mode 0 of 106.5 dB(A)."""
    import py_wake

    path = Path(py_wake.__file__).parent / "examples/data/Vestas V112-3.0 MW.wtg"
    found = read_machines(path)["V112-3.0 MW"]
    assert (found.rated_kw, found.rotor_m, found.hub_m) == (3075.0, 112.0, 84.0)
    assert found.sound_power_db == 106.5
    assert float(power_kw(found, 6.0)) == 554.0
    assert [w.code for w in found.warnings] == ["curve_of_density"]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><WindTurbineGenerator/>',
        "<WindTurbineGenerator><PerformanceTable/></WindTurbineGenerator>",
        "<other/>",
        "not xml",
        WTG.format(rho=1.225, points=POINT.format(v="nan?", p=1)),
    ],
)
def test_hostile_and_broken_wtg(tmp_path, text):
    path = tmp_path / "a.wtg"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        read_machines(path)


def test_pow_of_text(tmp_path):
    """Hub 100 m, rotor 120 m, speeds in m/s, powers in kW (factor 1000 to W)."""
    rows = "\n".join(f"{v:g} {p:g} 0.8" for v, p in zip(V, P, strict=True))
    path = tmp_path / "a.pow"
    path.write_text(f"Own machine\n100 120 1.0 1000\n{rows}\n", encoding="utf-8")
    found = read_machines(path)["Own machine"]
    assert (found.rated_kw, found.rotor_m, found.hub_m) == (3000.0, 120.0, 100.0)
    assert found.cut_out_m_s == 25.0


def test_tables_of_sam_and_nrel(tmp_path):
    """SAM has no hub height and no thrust: asked for, estimated and marked."""
    sam = tmp_path / "sam.csv"
    bar = "|".join
    sam.write_text(
        "Name,kW Rating,Rotor Diameter,IEC Wind Speed Class,Wind Speed Array,"
        "Power Curve Array\n"
        ",kW,m,,m/s,kW\n[0],wind_turbine_kw_rating,,,,\n"
        f"Own,3000,120,3,{bar(map(str, V))},{bar(map(str, P))}\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError, match="hub_m"):
        read_machines(sam)
    found = read_machines(sam, MachineData(hub_m=100.0))["Own"]
    assert (found.rotor_m, found.ct_kind) == (120.0, "estimated")
    nrel = tmp_path / "own_120.csv"
    nrel.write_text(
        "Wind Speed [m/s],Power [kW],Cp [-],Thrust [kN],Ct [-]\n"
        + "".join(f"{v},{p},0.4,100,0.8\n" for v, p in zip(V, P, strict=True)),
        encoding="utf-8",
    )
    own = read_machines(nrel, MachineData(rotor_m=120.0, hub_m=100.0, cut_out_m_s=25.0))
    assert own["own_120"].ct_kind == "given"
    assert float(own["own_120"].ct[3]) == 0.8


SPEEDS = np.arange(3.0, 26.0)
RISE = np.clip(2000.0 * (SPEEDS**3 - 27.0) / (12.0**3 - 27.0), 0.0, 2000.0)
OF_120_M = MachineData(rotor_m=120.0, hub_m=90.0)


def _table(folder, power, head="wind_speed_m_s,power_kw"):
    path = folder / "own.csv"
    rows = (f"{v:g},{p}" for v, p in zip(SPEEDS, power, strict=True))
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


def test_the_columns_the_message_asks_for_are_read(tmp_path):
    found = read_machines(_table(tmp_path, RISE), OF_120_M)["own"]
    assert (found.rated_kw, found.cut_out_m_s) == (2000.0, 25.0)


def test_commas_between_thousands_are_no_decimal_point(tmp_path):
    """ "2,000" of a file parted by commas is two thousand kilowatts and not two."""
    found = read_machines(_table(tmp_path, [f'"{p:,.0f}"' for p in RISE]), OF_120_M)["own"]
    assert found.rated_kw == 2000.0
    assert found.power_kw[-1] == 2000.0


@pytest.mark.parametrize(
    ("power", "told"),
    [
        (RISE / 1000.0, "do not fit"),  # MW: 0.2 W/m2 of a rotor of 120 m
        (RISE * 1000.0, "do not fit"),  # W
        (np.where(SPEEDS > 10, RISE / 1000.0, RISE), "falls"),  # kW, then MW
        (np.where(SPEEDS == 8, RISE / 10.0, RISE), "falls"),  # a digit lost
    ],
)
@pytest.mark.parametrize("stop", [None, 25.0])
def test_power_in_another_unit_is_refused(tmp_path, power, told, stop):
    given = MachineData(rotor_m=120.0, hub_m=90.0, cut_out_m_s=stop)
    with pytest.raises(DataError, match=told) as err:
        read_machines(_table(tmp_path, power), given)
    assert "own.csv" in str(err.value)


def test_a_curve_that_stands_still_below_the_stated_cut_out_is_refused(tmp_path):
    """Zeros from 21 m/s on and a cut-out of 25 m/s: they were filled with rated power."""
    power = np.where(SPEEDS > 20, 0.0, RISE)
    with pytest.raises(DataError, match="stands still below"):
        read_machines(
            _table(tmp_path, power), MachineData(rotor_m=120.0, hub_m=90.0, cut_out_m_s=25.0)
        )
    at_once = read_machines(_table(tmp_path, power), OF_120_M)["own"]
    assert at_once.cut_out_m_s == 20.0


def test_a_density_of_no_air_is_refused(tmp_path):
    given = MachineData(rotor_m=120.0, hub_m=90.0, density_kg_m3=3.0)
    with pytest.raises(DataError, match="density"):
        read_machines(_table(tmp_path, RISE), given)


def test_machines_of_a_library_that_are_left_out_are_named(tmp_path):
    """The second machine of a SAM library has no rotor: it is told with the first."""
    arrays = "|".join(f"{v:g}" for v in SPEEDS) + "," + "|".join(f"{p:g}" for p in RISE)
    path = tmp_path / "sam.csv"
    path.write_text(
        "Name,kW Rating,Rotor Diameter,Wind Speed Array,Power Curve Array\n"
        f"A,2000,120,{arrays}\nB,2000,0,{arrays}\n",
        encoding="utf-8",
    )
    found = read_machines(path, MachineData(hub_m=90.0))
    assert list(found) == ["A"]
    told = [w.text("en") for w in found["A"].warnings if w.code == "machines_not_read"]
    assert len(told) == 1
    assert "B" in told[0]
