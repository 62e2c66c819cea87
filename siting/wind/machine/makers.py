"""Turbines from the files of makers and tools: WAsP .wtg, .pow, SAM tables, plain tables."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError, Fault, raise_faults
from gis.foreign import foreign_reason
from gis.say import listed, say
from layers.result import Warn
from siting.wind.machine.generic import estimate_ct
from siting.wind.machine.library import turbine_bytes
from siting.wind.machine.turbine import RHO0_KG_M3, Turbine

__all__ = ["MachineData", "read_machines", "table_columns"]

Float = NDArray[np.float64]

_BYTES = 4 << 20  # the largest real file is a SAM library of some hundred machines
_POINTS = 2000
_MODES = 200
_NAMED = 6

# words of a column, longest first where one holds another; units follow in brackets
# a letter after a word makes it another one, an underscore before a unit does not
_END = r"(?![A-Za-z])"
_SPEED = re.compile(rf"^(wind[ _]?speed|ws|v|u|speed){_END}|^风速", re.IGNORECASE)
_POWER = re.compile(rf"^(electrical[ _])?(power|p){_END}|^功率", re.IGNORECASE)
_CT = re.compile(rf"^(ct|thrust[ _]?coef[a-z]*){_END}|^推力系数", re.IGNORECASE)
_THOUSANDS = re.compile(r"^\s*\d{1,3}(,\d{3})+(\.\d*)?\s*$")
_WATT = re.compile(r"[\[(]\s*(W|MW)\s*[\])]|_(w|mw)$")


@dataclass(frozen=True)
class MachineData:
    """What the plan says of a machine whose file does not.

    Attributes
    ----------
    id
        Name in the plan; the file's own where empty.
    rated_kw, rotor_m, hub_m, cut_in_m_s, rated_m_s, cut_out_m_s, restart_m_s
        None leaves what the file says.
    """

    id: str = ""
    rated_kw: float | None = None
    rotor_m: float | None = None
    hub_m: float | None = None
    cut_in_m_s: float | None = None
    rated_m_s: float | None = None
    cut_out_m_s: float | None = None
    restart_m_s: float | None = None
    sound_power_db: float | None = None
    density_kg_m3: float | None = None


@dataclass(frozen=True, eq=False)
class _Raw:
    """One machine of a file before the contract."""

    name: str
    speed_m_s: Float
    power_kw: Float
    ct: Float | None
    data: MachineData
    maker: str = ""
    note: tuple[Warn, ...] = ()


def read_machines(path: Path, given: MachineData | None = None) -> dict[str, Turbine]:
    """Turbines of a file, by id: what the file says, completed by `given`.

    Parameters
    ----------
    path : Path
        ``.wtg`` (WAsP 9 and later, XML), ``.pow`` (text: name; hub height, rotor diameter,
        factors to m/s and W; rows of speed, power and thrust coefficient), a turbine library
        of SAM (CSV, arrays with ``|``), or a table with columns wind speed, power and ct as
        windPRO and NREL/turbine-models write them (CSV, TSV; comma or semicolon).
    given : MachineData, optional
        Values that stand in for what the file lacks, or correct it; only for a file of one
        machine.

    Raises
    ------
    DataError
        A file that is not one of these, is too large, or lacks what no default can give.
    """
    given = given or MachineData()
    raw = _read(path)
    if path.suffix.lower() == ".wtg":
        found = [_wtg(path.name, raw)]
    elif path.suffix.lower() == ".pow":
        found = [_pow(path.name, _text(path.name, raw))]
    else:
        found = _tables(path, _text(path.name, raw))
    if len(found) > 1 and given != MachineData(hub_m=given.hub_m):
        raise DataError(
            say("siting.wind_machine.values_of_one_machine"),
            where=path.name,
            got=say("siting.wind_machine.n_machines", n=len(found)),
            todo=say("siting.wind_machine.one_machine_a_file"),
        )
    faults: list[Fault] = []
    lost: list[str] = []
    out: dict[str, Turbine] = {}
    for one in found:
        try:
            machine = _turbine(path.name, one, given)
            out[machine.id] = machine
        except DataError as err:
            faults += [_in_file(path.name, f) for f in err.faults]
            lost.append(one.name)
    if not out:
        raise_faults(DataError, faults)
    if not lost:
        return out
    names = listed(lost, _NAMED)
    text = say("siting.wind_machine.some_not_read", n=len(lost), names=names)
    told = Warn("machines_not_read", text, path.name)
    return {k: replace(m, warnings=(*m.warnings, told)) for k, m in out.items()}


def _in_file(file: str, fault: Fault) -> Fault:
    """A fault of a machine, at its file."""
    where = str(fault.where)
    if where.startswith(file):
        return fault
    return Fault(
        fault.what,
        where=f"{file}, {where.removeprefix('turbine ')}",
        got=fault.got,
        expected=fault.expected,
        todo=fault.todo,
    )


def _read(path: Path) -> bytes:
    raw = turbine_bytes(path)
    if len(raw) > _BYTES:
        raise DataError(
            say("siting.wind_machine.turbine_file_too_large"),
            where=path.name,
            got=f"{len(raw) / 2**20:.1f} MB",
            expected=f"{_BYTES >> 20} MB",
        )
    return raw


def _text(name: str, raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030", "latin-1"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(say("siting.wind_machine.neither_utf_8_nor_gbk"), where=name)


def _turbine(file: str, raw: _Raw, given: MachineData) -> Turbine:
    data = {
        k: getattr(given, k) if getattr(given, k) is not None else getattr(raw.data, k)
        for k in MachineData.__dataclass_fields__
        if k != "id"
    }
    name = given.id or raw.name
    where = f"{file}, {name}"
    if data["rated_kw"] is None:
        data["rated_kw"] = float(np.nanmax(raw.power_kw))
    lacking = [k for k in ("rotor_m", "hub_m") if data[k] is None]
    if lacking:
        raise DataError(
            say("siting.wind_machine.value_missing"),
            where=where,
            expected=listed(lacking),
            todo=say("siting.wind_machine.write_beside_the_file", keys=listed(lacking)),
        )
    machine = Turbine(
        id=name,
        rated_kw=float(data["rated_kw"]),
        rotor_m=float(data["rotor_m"] or 0),
        hub_m=float(data["hub_m"] or 0),
        speed_m_s=raw.speed_m_s,
        power_kw=raw.power_kw,
        ct=raw.ct,
        ct_kind="none" if raw.ct is None else "given",
        density_kg_m3=float(data["density_kg_m3"] or RHO0_KG_M3),
        sound_power_db=data["sound_power_db"],
        manufacturer=raw.maker,
        kind="user",
        source=file,
        licence="",
        start_m_s=data["cut_in_m_s"],
        full_m_s=data["rated_m_s"],
        stop_m_s=data["cut_out_m_s"],
        restart_m_s=data["restart_m_s"],
        warnings=raw.note,
    )
    if machine.ct is not None:
        return machine
    thrust = estimate_ct(machine.speed_m_s, machine.power_kw, machine.rotor_m)
    return replace(machine, ct=thrust, ct_kind="estimated")


def _float(where: str, text: str | None) -> float:
    try:
        return float((text or "").strip().replace(",", "."))
    except ValueError as err:
        raise DataError(
            say("siting.wind_machine.not_a_number"), where=where, got=str(text)[:40]
        ) from err


def _positive(where: str, text: str | None) -> float | None:
    """A number above 0; makers write 0 for what they do not say."""
    value = _float(where, text) if text and text.strip() else 0.0
    return value if value > 0 else None


def _wtg(file: str, raw: bytes) -> _Raw:
    """A wind turbine generator file of WAsP: of several tables the one nearest 1.225 kg/m3."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", raw, re.IGNORECASE) or b"\x00" in raw[:400]:
        raise DataError(
            say("siting.wind_machine.not_a_wtg"),
            where=file,
            got="<!DOCTYPE / ENTITY",
            expected="<WindTurbineGenerator>",
        )
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, ValueError, LookupError) as err:
        raise DataError(
            say("siting.wind_machine.not_a_wtg"), where=file, got=foreign_reason(err)
        ) from err
    modes = root.findall("PerformanceTable")[:_MODES]
    if root.tag != "WindTurbineGenerator" or not modes:
        raise DataError(
            say("siting.wind_machine.not_a_wtg"),
            where=file,
            got=f"<{root.tag[:40]}>",
            expected="<WindTurbineGenerator><PerformanceTable>",
        )
    density = [_positive(file, m.get("AirDensity")) or RHO0_KG_M3 for m in modes]
    best = min(range(len(modes)), key=lambda i: abs(density[i] - RHO0_KG_M3))
    mode = modes[best]
    points = mode.findall("DataTable/DataPoint")[:_POINTS]
    rows = [[_float(file, p.get(k)) for k in ("WindSpeed", "PowerOutput")] for p in points]
    thrust = [p.get("ThrustCoEfficient") for p in points]
    if len(rows) < 2:
        raise DataError(say("siting.wind_machine.no_power_curve"), where=file)
    values = np.array(rows)
    ct = None if any(t is None for t in thrust) else np.array([_float(file, t) for t in thrust])
    limits = mode.find("StartStopStrategy")
    stop = None if limits is None else _positive(file, limits.get("HighSpeedCutOut"))
    again = None if limits is None else _positive(file, limits.get("HighSpeedCutIn"))
    data = MachineData(
        rotor_m=_positive(file, root.get("RotorDiameter")),
        hub_m=_positive(file, root.findtext("SuggestedHeights/Height")),
        cut_in_m_s=None if limits is None else _positive(file, limits.get("LowSpeedCutIn")),
        cut_out_m_s=stop,
        restart_m_s=None if again is None or again == stop else again,
        sound_power_db=_positive(file, mode.get("MaximumNoiseLevel")),
        density_kg_m3=density[best],
    )
    note: tuple[Warn, ...] = ()
    if len(modes) > 1:
        used = listed(f"{d:g}" for d in density)
        text = say("siting.wind_machine.wtg_modes", modes=used, used=density[best])
        note = (Warn("curve_of_density", text, file),)
    name = (root.get("Description") or Path(file).stem).strip()
    maker = (root.get("ManufacturerName") or "").strip()
    return _Raw(name, values[:, 0], values[:, 1] / 1000.0, ct, data, maker, note)


def _pow(file: str, text: str) -> _Raw:
    """A power curve file: name; height, diameter, factors; rows of speed, power, thrust."""
    lines = [x.strip() for x in text.splitlines() if x.strip()]
    words = [re.split(r"[\s;]+", x.strip("; ")) for x in lines[1 : _POINTS + 2]]
    if len(words) < 3 or len(words[0]) < 2:
        raise DataError(
            say("siting.wind_machine.not_a_pow"),
            where=file,
            got=say("siting.wind_machine.n_lines", n=len(lines)),
        )
    head = [_float(f"{file}, 2", w) for w in words[0][:4]]
    to_speed, to_watt = (*head, 1.0, 1000.0)[2:4] if len(head) < 4 else (head[2], head[3])
    rows = [
        [_float(f"{file}, {i + 3}", w) for w in row[:3]]
        for i, row in enumerate(words[1:])
        if len(row) > 1
    ]
    width = min(len(r) for r in rows) if rows else 0
    if len(rows) < 2 or width < 2:
        raise DataError(say("siting.wind_machine.no_power_curve"), where=file)
    values = np.array([r[:width] for r in rows])
    return _Raw(
        lines[0].strip("\"'"),
        values[:, 0] * to_speed,
        values[:, 1] * to_watt / 1000.0,
        values[:, 2] if width > 2 else None,
        MachineData(hub_m=head[0] or None, rotor_m=head[1] or None),
    )


def _tables(path: Path, text: str) -> list[_Raw]:
    """A SAM library or one table with named columns."""
    head = text.lstrip().splitlines()[0] if text.strip() else ""
    if "Power Curve Array" in head and "Wind Speed Array" in head:
        return _sam(path.name, text)
    return [_plain(path, text)]


def _sam(file: str, text: str) -> list[_Raw]:
    """SAM's library of wind turbines: arrays with bars; two more rows of head."""
    out = []
    for row in csv.DictReader(text.splitlines()):
        speeds, powers = row.get("Wind Speed Array") or "", row.get("Power Curve Array") or ""
        if "|" not in speeds:
            continue  # the rows of units and of variable names
        name = (row.get("Name") or "").strip()
        where = f"{file}, {name}"
        v = np.array([_float(where, x) for x in speeds.split("|")[:_POINTS] if x.strip()])
        p = np.array([_float(where, x) for x in powers.split("|")[:_POINTS] if x.strip()])
        if v.shape != p.shape:
            raise DataError(
                say("siting.wind_machine.curves_not_one_length_at"),
                where=where,
                got=f"{v.size}, {p.size}",
            )
        data = MachineData(
            rated_kw=_positive(where, row.get("kW Rating")),
            rotor_m=_positive(where, row.get("Rotor Diameter")),
        )
        out.append(_Raw(name, v, p, None, data))
    if not out:
        raise DataError(say("siting.wind_machine.no_power_curve"), where=file)
    return out


def table_columns(names: list[str]) -> dict[str, int]:
    """Which column of a table is the wind speed, the power and the thrust coefficient.

    Examples
    --------
    >>> table_columns(["Wind Speed [m/s]", "Power [kW]", "Cp [-]", "Thrust [kN]", "Ct [-]"])
    {'speed': 0, 'power': 1, 'ct': 4}
    >>> table_columns(["wind_speed_m_s", "power_kw", "ct"])
    {'speed': 0, 'power': 1, 'ct': 2}
    """
    found: dict[str, int] = {}
    for key, pattern in (("speed", _SPEED), ("power", _POWER), ("ct", _CT)):
        at = next((i for i, n in enumerate(names) if pattern.match(n.strip(' "'))), None)
        if at is not None and at not in found.values():
            found[key] = at
    return found


def _shown(line: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in line[:80])


def _plain(path: Path, text: str) -> _Raw:
    lines = [x for x in text.splitlines() if x.strip()][: _POINTS + 30]
    at, names, columns, mark = 0, [""], dict[str, int](), ","
    for at, line in enumerate(lines[:30]):  # noqa: B007 - where the head was found
        mark = max(";\t,", key=line.count)
        names = next(csv.reader([line], delimiter=mark))
        columns = table_columns(names)
        if {"speed", "power"} <= set(columns):
            break
    else:
        raise DataError(
            say("siting.wind_machine.columns_missing"),
            where=path.name,
            got=_shown(lines[0]) if lines else say("siting.wind_machine.n_lines", n=0),
            expected=listed(["wind_speed_m_s", "power_kw", "ct"]),
            todo=say("siting.wind_machine.name_the_columns"),
        )
    unit = _WATT.search(names[columns["power"]].strip())
    factor = 1.0 if unit is None else {"w": 1e-3, "mw": 1e3}[(unit[1] or unit[2]).lower()]
    rows = list(csv.reader(lines[at + 1 :], delimiter=mark))
    keep = [r for r in rows if len(r) > max(columns.values()) and r[columns["speed"]].strip()]
    # rows of units below the head are no numbers
    keep = [r for r in keep if re.match(r"\s*\d", r[columns["speed"]])]
    if len(keep) < 2:
        raise DataError(say("siting.wind_machine.no_power_curve"), where=path.name)

    def column(key: str) -> Float:
        cells = [r[columns[key]] for r in keep]
        if mark == ",":  # a comma inside a cell of such a file parts thousands
            cells = [c.replace(",", "") if _THOUSANDS.match(c) else c for c in cells]
        return np.array([_float(f"{path.name}, {key}", c) for c in cells])

    thrust = "ct" in columns and all(r[columns["ct"]].strip() for r in keep)
    return _Raw(
        path.stem,
        column("speed"),
        np.maximum(column("power"), 0.0) * factor,
        column("ct") if thrust else None,
        MachineData(),
    )
