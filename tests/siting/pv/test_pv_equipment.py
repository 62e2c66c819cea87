"""Makers' files: what they say comes in, what cannot be is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pvlib
import pytest

from geoplan.newplan.found import Parts, _equipment
from gis.errors import ConfigError, DataError
from layers.plan.read import read_plan
from siting.pv.equipment.panond import read_panond
from siting.pv.equipment.read import equipment_file
from siting.pv.plant.chain import site_yield
from siting.pv.plant.diode import diode_of, diode_power, power_at_voltage
from siting.pv.plant.inverter import Inverter, ac_limit, ac_power
from siting.pv.plant.module import Module
from siting.pv.plant.plant import PvPlant
from siting.pv.plant.strings import held_in_window, string_size
from siting.pv.study.section import PvSection
from tests.siting.pv.pv_cases import PVLIB_DATA, clear_resource, some_plant

PAN = """PVObject_=pvModule
  Version=7.2
  Flags=$00900243

  PVObject_Commercial=pvCommercial
    Comment=x=y
    Manufacturer=Nobody
    Model=N-580
    Width=1.134
    Height=2.278
    Remarks, Count=1
      Str_1=PNom=999
    End of Remarks
  End of PVObject pvCommercial

  Technol=mtSiMono
  NCelS=72
  NCelP=2
  PNom=580.0
  BifacialityFactor=0.800
  Isc=14.300
  Voc=51.50
  Imp=13.620
  Vmp=42.59
  muISC=6.44
  muVocSpec=-128.8
  muPmpReq=-0.290
  RShunt=400
  Rp_0=2000
  Rp_Exp=5.50
  RSerie=0.190
  Gamma=1.000
  muGamma=-0.0004
  VMaxIEC=1500
  LIDLoss=1.0

  PVObject_IAM=pvIAM
    IAMProfile=TCubicProfile
      Point_1=0.0,1.00000
      Point_2=90.0,0.00000
    End of TCubicProfile
  End of PVObject pvIAM
End of PVObject pvModule
"""
CURVE = "1000.0,0.0 31000.0,30000.0 101500.0,100000.0 205000.0,200000.0"


def profile(name: str, points: str) -> str:
    lines = [f"      Point_{i}={p}" for i, p in enumerate(points.split(), 1)]
    rest = ["      Point_9=0.0,0.0", "    End of TCubicProfile"]
    return "\n".join([f"    {name}=TCubicProfile", *lines, *rest])


OND = f"""PVObject_=pvGInverter
  PVObject_Commercial=pvCommercial
    Manufacturer=Nobody
    Model=I-200
  End of PVObject pvCommercial
  Converter=TConverter
    PNomConv=200.000
    PMaxOUT=220.000
    VMppMin=500
    VMPPMax=1500
    VAbsMax=1500
    TPNom=40.0
    TPMax=30.0
    TPLim1=50.0
    TPLimAbs=60.0
    PLim1=184.0
    PLimAbs=80.000
    VNomEff=900.0,1300.0,
{profile("ProfilPIOV1", CURVE)}
{profile("ProfilPIOV2", CURVE.replace("205000.0", "203000.0"))}
  End of TConverter
  Night_Loss=4.00
End of PVObject pvGInverter
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_module_of_a_pan_file(tmp_path):
    """Units of the format: mA/K, mV/K, %/K, %; area 1.134 2.278 m2; remarks are no figures."""
    m = PvPlant(module=str(written(tmp_path, "m.PAN", PAN))).module
    assert (m.id, m.pmp_w, m.cells, m.bifaciality_frac) == ("Nobody N-580", 580.0, 72, 0.8)
    assert m.efficiency_frac == pytest.approx(580.0 / 1000.0 / (1.134 * 2.278))
    assert m.alpha_isc_per_c == pytest.approx(0.00644 / 14.3)
    assert m.beta_voc_per_c == pytest.approx(-0.1288 / 51.5)
    assert (m.gamma_per_c, m.lid_frac) == (pytest.approx(-0.0029), pytest.approx(0.01))
    # without indents, in another encoding, with Windows' line ends: the same figures
    flat = "\r\n".join(line.strip() for line in PAN.replace("Nobody", "某厂").splitlines())
    (tmp_path / "f.pan").write_bytes(flat.encode("gbk"))
    other = PvPlant(module={"path": str(tmp_path / "f.pan"), "lid_frac": 0.004}).module
    assert other.id == "某厂 N-580"
    assert (other.pmp_w, other.lid_frac, other.diode) == (580.0, 0.004, m.diode)
    # the reader of pvlib finds the same
    theirs = pvlib.iotools.read_panond(tmp_path / "m.PAN")["PVObject_"]
    assert theirs["RSerie"] == m.diode.r_s_ohm
    assert theirs["muVocSpec"] / 1000.0 == pytest.approx(m.beta_voc_per_c * m.voc_v)


def test_an_inverter_of_an_ond_file(tmp_path):
    """Pin and Pout in W over 200 kW; 205 kW make 200 kW at 900 V, 203 kW at 1300 V."""
    one = PvPlant(inverter=str(written(tmp_path, "i.OND", OND))).inverter
    assert (one.id, one.rated_w, one.vdc_max_v) == ("Nobody I-200", 200_000.0, 1500.0)
    assert [c.voltage_v for c in one.curves] == [900.0, 1300.0]
    assert one.curves[0].points[-1] == (1.025, 1.0)
    assert one.derate == ((30.0, 1.1), (40.0, 1.0), (50.0, 0.92), (60.0, 0.4))
    assert one.night_frac == pytest.approx(4.0 / 200_000.0)
    dc, volts = np.full(3, 1.01), np.array([900.0, 1100.0, 1300.0])
    _, sent, _ = ac_power(dc, dc_ac_ratio=1.0, inverter=one, voltage_v=volts)
    # between (0.5075, 0.5) and (1.025, 1) or (1.015, 1): linear
    low = 0.5 + 0.5 * (1.01 - 0.5075) / (1.025 - 0.5075)
    high = 0.5 + 0.5 * (1.01 - 0.5075) / (1.015 - 0.5075)
    assert sent == pytest.approx([low, (low + high) / 2, high])


def small_table(folder: Path, file: str, *rows: str) -> Path:
    """Head and some rows of a table that ships with pvlib."""
    lines = (PVLIB_DATA / file).read_text("utf-8", "replace").splitlines()
    kept = lines[:3] + [x for x in lines[3:] if any(x.strip('"').startswith(r) for r in rows)]
    return written(folder, "t.csv", "\n".join(kept))


def test_a_row_of_the_cec_inverters_is_pvlibs(tmp_path):
    path = small_table(tmp_path, "sam-library-cec-inverters-2019-03-05.csv", "Sungrow")
    name = "Sungrow_Power_Supply_Co___Ltd___SG125HV__600V_"
    row = pvlib.pvsystem.retrieve_sam(path=str(path))[name]
    one = PvPlant(inverter={"path": str(path), "name": name}).inverter
    dc, volts = np.linspace(0.0, 1.3, 400), np.linspace(870.0, 1190.0, 400)
    _, sent, own = ac_power(dc, dc_ac_ratio=1.0, inverter=one, voltage_v=volts)
    theirs = pvlib.inverter.sandia(volts, dc * one.rated_w, row) / one.rated_w
    np.testing.assert_allclose(sent - own, theirs, atol=1e-12)


def test_the_nearest_of_rows_that_differ_by_a_sign_or_a_capital_is_meant(tmp_path):
    """In the CEC lists: ``STP185S-24/Adb`` and ``..Adb+``, ``GROWATT`` and ``Growatt``."""
    path = small_table(
        tmp_path, "sam-library-cec-modules-2019-03-05.csv", "Suntech Power STP185S-24/Adb"
    )
    for name in ("Suntech Power STP185S-24/Adb", "Suntech Power STP185S-24/Adb+"):
        assert equipment_file(path, "module", name)["id"] == name
    path = small_table(
        tmp_path,
        "sam-library-cec-inverters-2019-03-05.csv",
        "Shenzhen Growatt New Energy Technology Co - Ltd: GROWATT 10000MTLP-US [208V]",
        "Shenzhen Growatt New Energy Technology Co - Ltd: Growatt 10000MTLP-US [208V]",
    )
    of_pvlib = list(pvlib.pvsystem.retrieve_sam(path=str(path)))
    found = {str(equipment_file(path, "inverter", name)["id"]) for name in of_pvlib}
    assert len(of_pvlib) == len(found) == 2
    with pytest.raises(DataError, match="2 rows"):
        equipment_file(path, "inverter", of_pvlib[0].lower())


def test_a_row_of_the_cec_modules_is_pvlibs(tmp_path):
    """Power of the six parameters at five points, over that at 1000 W/m2 and 25 C."""
    path = small_table(
        tmp_path, "sam-library-cec-modules-2019-03-05.csv", "Jinko Solar Co._ Ltd JKM330M"
    )
    table = pvlib.pvsystem.retrieve_sam(path=str(path))
    name = table.columns[0]
    row = table[name]
    m = PvPlant(module={"path": str(path), "name": name}, dc="single_diode").module
    g = np.array([1000.0, 1000.0, 800.0, 400.0, 100.0])
    t = np.array([25.0, 50.0, 60.0, 10.0, 0.0])
    keys = ("alpha_sc", "a_ref", "I_L_ref", "I_o_ref", "R_sh_ref", "R_s", "Adjust")
    args = pvlib.pvsystem.calcparams_cec(g, t, *(float(row[k]) for k in keys))
    theirs = pvlib.pvsystem.singlediode(*args)["p_mp"]
    assert diode_power(m, g, t).dc == pytest.approx(theirs / theirs[0], rel=1e-6)
    assert m.gamma_per_c == pytest.approx(float(row["gamma_r"]) / 100.0)


def test_a_row_of_sandias_modules(tmp_path):
    """Largest power Impo Vmpo; its coefficient is Aimp + Bvmpo / Vmpo."""
    path = small_table(
        tmp_path, "sam-library-sandia-modules-2015-6-30.csv", "SunPower SPR-220 (PVL)"
    )
    row = pvlib.pvsystem.retrieve_sam(path=str(path)).iloc[:, 0]
    m = PvPlant(module=str(path)).module
    assert m.pmp_w == pytest.approx(float(row["Impo"]) * float(row["Vmpo"]))
    assert m.gamma_per_c == pytest.approx(
        float(row["Aimp"]) + float(row["Bvmpo"]) / float(row["Vmpo"])
    )


SHEET: dict[str, object] = {
    "id": "sheet",
    "pmp_w": 580.0,
    "vmp_v": 42.59,
    "imp_a": 13.62,
    "voc_v": 51.5,
    "isc_a": 14.3,
    "cells": 72,
    "area_m2": 2.5833,
    "gamma_per_c": -0.0029,
    "alpha_isc_per_c": 0.00045,
    "beta_voc_per_c": -0.0025,
}


@pytest.mark.parametrize("gamma", [-0.0026, -0.0029, -0.0034])
def test_a_data_sheet_gives_its_own_points(gamma):
    """The fit meets Pmp, Vmp, Isc and Voc, and power falls by the sheet's coefficient."""
    m = Module.model_validate({**SHEET, "gamma_per_c": gamma})
    assert m.efficiency_frac == pytest.approx(580.0 / 2583.3)
    g, t = np.full(3, 1000.0), np.array([24.0, 25.0, 26.0])
    found = diode_power(m, g, t)
    assert found.dc[1] == pytest.approx(1.0)
    assert (found.dc[2] - found.dc[0]) / 2.0 == pytest.approx(gamma, rel=1e-4)
    assert found.vmp_v[1] == pytest.approx(42.59, rel=5e-3)
    at = power_at_voltage(m, g[:1], t[1:2], np.array([42.59]))
    assert at == pytest.approx([1.0], abs=1e-3)
    nothing = power_at_voltage(m, g[:1], t[1:2], np.array([51.5]))
    assert nothing == pytest.approx([0.0], abs=1e-3)
    assert diode_of(m).r_s_ohm > 0.0


def test_dc_by_the_diode_is_near_the_other_models():
    """Within 3 % of Huld and of PVWatts with the same coefficient, and the waterfall closes."""
    res = clear_resource(0.3)
    base = {"module": SHEET, "inverter": "none"}
    found = {dc: site_yield(res, some_plant(dc=dc, **base)) for dc in ("single_diode", "huld")}
    one = found["single_diode"]
    assert one.waterfall.net == pytest.approx(one.kwh_kwp_yr, rel=1e-9)
    assert one.kwh_kwp_yr == pytest.approx(found["huld"].kwh_kwp_yr, rel=0.03)


# ---------------------------------------------------------------- strings


def test_strings_by_hand():
    """Voc 51.5 (1 + 0.0025 45) = 57.29 V at -20 C: 26 in 1500 V. Vmp 42.59 (1 - 0.00335 45) =
    36.17 V at 70 C: 24 for 860 V; at -20 C 42.59 (1 + 0.00335 45) = 49.01 V: 22 in 1100 V."""
    m = Module.model_validate(SHEET)
    at = {"coldest_c": -20.0, "hottest_c": 70.0}
    wide = Inverter(id="w", mppt_min_v=860.0, mppt_max_v=1500.0, vdc_max_v=1500.0)
    s = string_size(m, wide, **at)
    assert (s.fewest, s.most, s.modules) == (24, 26, 26)
    assert s.voc_cold_v == pytest.approx(26 * 51.5 * 1.1125)
    assert s.vmp_hot_v == pytest.approx(26 * 42.59 * (1 - 0.00335 * 45))
    narrow = wide.model_copy(update={"mppt_max_v": 1100.0})
    with pytest.raises(ConfigError, match="no number in series fits"):
        string_size(m, narrow, **at)
    with pytest.raises(ConfigError, match="24 to 26 modules"):
        string_size(m, wide, **at, modules=27)
    # the modules' own limit counts too
    weak = m.model_copy(update={"max_system_v": 1000.0})
    with pytest.raises(ConfigError, match="no number"):
        string_size(weak, wide, **at)
    assert string_size(PvPlant().module, wide, **at) is None


def test_beside_the_window_power_is_lost():
    """Inside nothing; a tracker held above the best point gives what the curve has there."""
    m = Module.model_validate(SHEET)
    one = Inverter(id="w", mppt_min_v=860.0, mppt_max_v=1500.0, vdc_max_v=1500.0)
    size = string_size(m, one, coldest_c=-20.0, hottest_c=40.0, modules=23)
    g, t = np.array([800.0, 800.0, 0.0]), np.array([25.0, 75.0, 10.0])
    held = held_in_window(m, one, size, g, t)
    best = diode_power(m, g, t)
    assert held.kept[0] == held.kept[2] == 1.0
    assert 23 * best.vmp_v[1] < 860.0 == held.voltage_v[1]
    args = (m, g[1:2], t[1:2])
    near = power_at_voltage(*args, np.array([860.0 / 23]))
    assert held.kept[1] == pytest.approx(near[0] / best.dc[1])
    assert 0.5 < held.kept[1] < 1.0


# ---------------------------------------------------------------- doors and limits


def test_a_plan_names_a_file_beside_it(tmp_path):
    written(tmp_path, "m.PAN", PAN)
    head = (
        '[plan]\nid = "p"\ntitle = "p"\nas_of = 2026-01-01\n'
        '[area.boundary]\nadcode = "640221"\n[pv]\n'
    )
    plan = read_plan(
        written(tmp_path, "p.toml", head + 'module = "m.PAN"\n'), {"pv": PvSection}, frozenset()
    )
    section = plan.section(PvSection)
    assert section.module.pmp_w == 580.0
    # a changed section keeps it without reading again
    (tmp_path / "m.PAN").unlink()
    assert section.changed(tilt_deg=20.0).module == section.module
    with pytest.raises(ConfigError) as err:
        read_plan(tmp_path / "p.toml", {"pv": PvSection}, frozenset())
    assert "p.toml [pv.module]" in str(err.value)
    assert "没有这个文件" in err.value.text("zh")


BAD = {
    "no_number": (PAN.replace("Voc=51.50", "Voc=1e999"), "no number that can be"),
    "no_key": (PAN.replace("  Isc=14.300\n", ""), "Isc is missing"),
    "no_text": (PAN[:400] + "\0" + PAN[400:], "no text"),
    "no_object": ("a=1\nb=2\n", r"no \.PAN"),
    "other_object": (OND, "another kind"),
    "deep": ("PVObject_=pvModule\n" * 40, "deeper"),
    "long": (PAN + "x=1\n" * 30_000, "lines"),
    "large": (PAN + "x" * 1_100_000, "too large"),
    "comma": (PAN.replace("Voc=51.50", "Voc=51,50"), "no number"),
    "a_third_of_a_cell": (PAN.replace("NCelS=72", "NCelS=72.3"), "no number"),
    "share_for_per_cent": (PAN.replace("=-0.290", "=-0.0029"), "no module has"),
    "no_point": (PAN.replace("Point_2=90.0,0.0", "Point_2=a,b"), "no number"),
}


@pytest.mark.parametrize("name", BAD)
def test_hostile_files_are_refused(name, tmp_path):
    text, said = BAD[name]
    with pytest.raises(DataError, match=said):
        equipment_file(written(tmp_path, "m.PAN", text), "module")


def test_what_cannot_be_is_told_at_the_key(tmp_path):
    """Vmp above Voc, a wrong suffix, a row that is not there with the closest names."""
    for key, text in (("Vmp=42.59", "Vmp=60.0"), ("Imp=13.620", "Imp=10.0")):
        path = written(tmp_path, "m.PAN", PAN.replace(key, text))
        with pytest.raises(ConfigError, match="cannot be"):
            PvPlant(module=str(path))
    with pytest.raises(DataError, match="another ending"):
        equipment_file(tmp_path / "x.txt", "module")
    path = small_table(tmp_path, "sam-library-cec-inverters-2019-03-05.csv", "Sungrow")
    with pytest.raises(ConfigError, match="SG125HV"):
        PvPlant(inverter={"path": str(path), "name": "Sungrow: SG125 HV 601V"})
    with pytest.raises(DataError, match="no table"):
        equipment_file(written(tmp_path, "e.csv", "a,b\n1,2\n"), "inverter")
    read = read_panond(written(tmp_path, "g.PAN", PAN))
    assert read.words["pnom"] == "580.0"


def test_files_in_a_folder_become_lines_of_a_plan(tmp_path):
    """One module is taken; of two inverters neither; a broken file is named."""
    paths = [
        written(tmp_path, "m.PAN", PAN),
        written(tmp_path, "i.ond", OND),
        written(tmp_path, "j.OND", OND),
    ]
    found = SimpleNamespace(folder=tmp_path, equipment=tuple(paths))
    parts = Parts()
    _equipment(parts, found, "en")
    assert parts.tables == {"pv": {"module": "m.PAN"}}
    assert parts.remarks["pv"][0] == "module: maker's file m.PAN"
    assert "i.ond, j.OND" in parts.remarks["pv"][1]
    bad = SimpleNamespace(folder=tmp_path, equipment=(written(tmp_path, "b.pan", "x=1"),))
    parts = Parts()
    _equipment(parts, bad, "zh")
    assert parts.tables == {}
    assert "不能使用" in parts.remarks["pv"][0]


def test_a_plan_on_the_sample_keeps_its_files_beside_it(tmp_path):
    """The layers of the sample lie in a folder of their own; the maker's file does not."""
    path = written(tmp_path, "m.PAN", PAN)
    plan = '[plan]\nid = "p"\ntitle = "p"\nas_of = 2026-01-01\n[data]\nsample = "tiny"\n'
    plan += '[area.boundary]\npath = "b.geojson"\n[pv]\nmodule = "m.PAN"\n'
    read = read_plan(written(tmp_path, "p.toml", plan), {"pv": PvSection}, frozenset())
    assert Path(read.section(PvSection).module.path) == path.resolve()


def test_what_a_file_says_wrong_is_told_by_its_file_and_key(tmp_path):
    """Figures out of their bounds, all at once; the plan's own figure at the plan's key."""
    wrong = PAN.replace("muVocSpec=-128.8", "muVocSpec=128.8").replace(
        "LIDLoss=1.0", "LIDLoss=150"
    )
    path = written(tmp_path, "wrong.PAN", wrong)
    with pytest.raises(ConfigError) as caught:
        PvPlant(module=str(path))
    for lang in ("zh", "en"):
        said = caught.value.text(lang)
        assert "wrong.PAN muVocSpec" in said
        assert "wrong.PAN LIDLoss" in said
        assert "beta_voc_per_c = 0.0025" in said
        assert "{" not in said
    with pytest.raises(ConfigError, match=r"\[module.lid_frac\]"):
        PvPlant(module={"path": str(written(tmp_path, "m.PAN", PAN)), "lid_frac": 2.0})
    ond = written(tmp_path, "i.OND", OND.replace("Night_Loss=4.00", "Night_Loss=40000"))
    with pytest.raises(ConfigError, match=r"i.OND Night_Loss .*night_frac = 0.2"):
        PvPlant(inverter=str(ond))


def test_an_inverter_that_stops_in_hot_air(tmp_path):
    """PLimAbs of nothing at TPLimAbs: from 0.92 at 50 to 0 at 60 deg C, half way 0.46."""
    stops = OND.replace("PLimAbs=80.000", "PLimAbs=0.000")
    assert stops != OND
    one = PvPlant(inverter=str(written(tmp_path, "i.OND", stops))).inverter
    assert ac_limit(one, np.array([50.0, 55.0, 65.0])) == pytest.approx([0.92, 0.46, 0.0])
