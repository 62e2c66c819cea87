"""The turbine library: windpowerlib's machines, published and generic curves, the user's own.

Curves of windpowerlib (Open Energy Platform, ODbL) are read from the installed package when
asked for and are not copied. Nothing here reaches the network: windpowerlib's functions that
do are never called.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.errors import ConfigError, DataError, Fault, GeoplanError, raise_faults
from gis.files.given import given_bytes
from gis.say import listed, os_reason, say
from gis.toml import read_toml
from siting.wind.machine.generic import estimate_ct, generic_turbine, listed_generic
from siting.wind.machine.turbine import CurveKind, Turbine

Float = NDArray[np.float64]

__all__ = [
    "hub_heights_m",
    "published_turbines",
    "read_turbine_csv",
    "turbine",
    "turbine_bytes",
    "turbine_ids",
    "windpowerlib_turbines",
]

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_OEDB_SOURCE = "windpowerlib {version} oedb data (Open Energy Platform wind turbine library)"
_OEDB_LICENCE = "ODbL-1.0 (data), read from the installed package"


def hub_heights_m(text: str) -> tuple[float, ...]:
    """Hub heights out of windpowerlib's text, which mixes separators and decimal commas.

    Examples
    --------
    >>> hub_heights_m("87,5; 100; 120; 137,5")
    (87.5, 100.0, 120.0, 137.5)
    >>> hub_heights_m("75/85"), hub_heights_m("100; side spec"), hub_heights_m("")
    ((75.0, 85.0), (100.0,), ())
    """
    found = (float(n.replace(",", ".")) for n in _NUMBER.findall(text or ""))
    return tuple(sorted({h for h in found if 10.0 <= h <= 300.0}))


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def _oedb(name: str) -> list[dict[str, str]]:
    file = resources.files("windpowerlib").joinpath("oedb", name)
    return _rows(file.read_text(encoding="utf-8-sig"))


@cache
def windpowerlib_turbines() -> dict[str, Turbine]:
    """Machines with a power curve in the installed windpowerlib, by id ``wpl/<type>``.

    Their thrust curves are not shipped with windpowerlib; they are *estimated* from the
    power curve (`siting.wind.machine.generic.estimate_ct`) and marked so. The hub height is the
    lowest listed one, or the rotor diameter where none is listed.
    """
    from importlib.metadata import version

    data = {r["turbine_type"]: r for r in _oedb("turbine_data.csv")}
    source = _OEDB_SOURCE.format(version=version("windpowerlib"))
    out: dict[str, Turbine] = {}
    for row in _oedb("power_curves.csv"):
        kind = row.pop("turbine_type")
        about = data[kind]
        points = sorted((float(v), float(p)) for v, p in row.items() if p not in ("", None))
        speed = np.array([v for v, _ in points])
        power = np.array([p for _, p in points]) / 1000.0
        rotor = float(about["rotor_diameter"])
        hubs = tuple(h for h in hub_heights_m(about["hub_height"]) if h > rotor / 2)
        out[f"wpl/{kind}"] = Turbine(
            id=f"wpl/{kind}",
            rated_kw=float(about["nominal_power"]) / 1000.0,
            rotor_m=rotor,
            hub_m=hubs[0] if hubs else rotor,
            hubs_m=hubs,
            speed_m_s=speed,
            power_kw=power,
            ct=estimate_ct(speed, power, rotor),
            ct_kind="estimated",
            iec_class=about["wind_class_iec"],
            manufacturer=about["manufacturer"],
            kind="published",
            stop_m_s=_oedb_cut_out(kind, speed, power),
            source=source,
            licence=_OEDB_LICENCE,
            note="" if hubs else "hub height not listed, set to the rotor diameter",
        )
    return out


def _oedb_cut_out(kind: str, speed: Float, power: Float) -> float:
    """Cut-out of a machine of windpowerlib: the end of its curve, unless the data say other."""
    known = read_toml("siting.wind.turbines", "contract.toml")["windpowerlib"].get(kind)
    return float(speed[power > 0][-1] if known is None else known["cut_out_m_s"])


def _number(
    row: dict[str, str], key: str, where: str, *, default: float | None
) -> float | None:
    text = (row.get(key) or "").strip()
    if not text:
        return default
    try:
        return float(text)
    except ValueError as err:
        raise DataError(
            say("siting.wind_machine.not_number"), where=f"{where}, column {key}", got=text
        ) from err


def _from_tables(
    machines: list[dict[str, str]],
    curves: list[dict[str, str]],
    where: str,
    kind: CurveKind | None,
) -> dict[str, Turbine]:
    faults: list[Fault] = []
    out: dict[str, Turbine] = {}
    for row in machines:
        name = (row.get("id") or "").strip()
        spot = f"{where}, turbine {name or '?'}"
        try:
            if not name:
                raise DataError(say("siting.wind_machine.turbine_without_id"), where=where)
            if name in out:
                raise DataError(
                    say("siting.wind_machine.duplicated_turbine"),
                    where=spot,
                    todo=say("siting.wind_machine.keep_one_them"),
                )
            mine = [c for c in curves if (c.get("turbine") or "").strip() == name]
            speed = [_number(c, "wind_speed_m_s", spot, default=np.nan) for c in mine]
            power = [_number(c, "power_kw", spot, default=np.nan) for c in mine]
            ct = [_number(c, "ct", spot, default=np.nan) for c in mine]
            if len(mine) < 2:
                raise DataError(
                    say("siting.wind_machine.no_power_curve"),
                    where=spot,
                    todo=say("siting.wind_machine.add_rows_its_id"),
                )
            order = np.argsort(np.asarray(speed, dtype=float), kind="stable")
            cts = np.asarray(ct, dtype=float)[order]
            blank = int(np.isnan(cts).sum())
            if 0 < blank < len(cts):
                raise DataError(
                    say("siting.wind_machine.thrust_curve_has_gaps"),
                    where=spot,
                    got=say("siting.wind_machine.blank", blank=blank, n_cts=len(cts)),
                )
            need = {
                k: _number(row, k, spot, default=None) for k in ("rated_kw", "rotor_m", "hub_m")
            }
            missing = [k for k, v in need.items() if v is None]
            if missing:
                raise DataError(
                    say("siting.wind_machine.value_missing"),
                    where=spot,
                    expected=listed(missing),
                )
            out[name] = Turbine(
                id=name,
                rated_kw=float(need["rated_kw"] or 0),
                rotor_m=float(need["rotor_m"] or 0),
                hub_m=float(need["hub_m"] or 0),
                speed_m_s=np.asarray(speed, dtype=float)[order],
                power_kw=np.asarray(power, dtype=float)[order],
                ct=None if blank else cts,
                density_kg_m3=float(_number(row, "density_kg_m3", spot, default=1.225) or 0),
                start_m_s=_number(row, "cut_in_m_s", spot, default=None),
                full_m_s=_number(row, "rated_m_s", spot, default=None),
                stop_m_s=_number(row, "cut_out_m_s", spot, default=None),
                restart_m_s=_number(row, "restart_m_s", spot, default=None),
                sound_power_db=_number(row, "sound_power_db", spot, default=None),
                iec_class=row.get("iec_class") or "",
                manufacturer=row.get("manufacturer") or "",
                kind=kind or row.get("kind") or "published",  # type: ignore[arg-type]
                source=row.get("source") or where,
                licence=row.get("licence") or "",
                note=row.get("note") or "",
            )
        except GeoplanError as err:
            faults += err.faults
    known = {r.get("id", "").strip() for r in machines}
    strange = sorted({(c.get("turbine") or "").strip() for c in curves} - known)
    faults += [
        Fault(
            say("siting.wind_machine.curve_without_its_turbine"),
            where=where,
            got=s or say("siting.wind_machine.empty_id"),
        )
        for s in strange
    ]
    raise_faults(DataError, faults)
    return out


@cache
def published_turbines() -> dict[str, Turbine]:
    """Curves in the project's own data files, each with its source and licence."""
    here = resources.files("siting.wind.turbines")
    return _from_tables(
        _rows(here.joinpath("turbines.csv").read_text("utf-8")),
        _rows(here.joinpath("curves.csv").read_text("utf-8")),
        "turbines.csv",
        None,
    )


def turbine_bytes(path: Path) -> bytes:
    """The content of a file of turbines a person hands over.

    Raises
    ------
    DataError
        When it is not there, may not be read, or is no file.
    """
    try:
        return given_bytes(path)
    except OSError as err:
        raise DataError(
            say("siting.wind_machine.turbine_file_cannot_read"),
            where=str(path),
            got=os_reason(err),
        ) from err


def read_turbine_csv(path: Path) -> dict[str, Turbine]:
    """The user's own turbines: one row a point of the curve, machine data repeated or once.

    Parameters
    ----------
    path : Path
        CSV (UTF-8 or GBK) with ``turbine, wind_speed_m_s, power_kw, ct`` and, on at least
        the first row of each turbine, ``rated_kw, rotor_m, hub_m`` and optionally
        ``cut_in_m_s, rated_m_s, cut_out_m_s, restart_m_s, sound_power_db, density_kg_m3,
        iec_class, manufacturer``; a curve that ends low needs ``cut_out_m_s``. `ct` may be
        blank: gross energy is then available, wakes are not.

    Raises
    ------
    DataError
        With every fault of the file.
    """
    raw = turbine_bytes(path)
    text = ""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    rows = _rows(text)
    need = {"turbine", "wind_speed_m_s", "power_kw"}
    have = set(rows[0]) if rows else set()
    if not need <= have:
        raise DataError(
            say("siting.wind_machine.columns_missing"),
            where=path.name,
            got=listed(sorted(k for k in have if k)),
            expected=listed([*sorted(need), "ct", "rated_kw", "rotor_m", "hub_m"]),
        )
    machines: dict[str, dict[str, str]] = {}
    for row in rows:
        name = (row["turbine"] or "").strip()
        machine = machines.setdefault(name, {"id": name})
        for key, value in row.items():
            if key and key not in {"turbine", "wind_speed_m_s", "power_kw", "ct"} and value:
                machine.setdefault(key, value)
    return _from_tables(list(machines.values()), rows, path.name, "user")


def turbine_ids(extra: Iterable[str] = ()) -> tuple[str, ...]:
    """Every id of the library, the user's (`extra`) first."""
    return (*extra, *published_turbines(), *listed_generic(), *windpowerlib_turbines())


def turbine(name: str, user: dict[str, Turbine] | None = None) -> Turbine:
    """The turbine called `name`.

    Looked for in the user's file, the published curves, the generic family and
    windpowerlib (``wpl/V126/3450`` or plain ``V126/3450``), in this order.

    Raises
    ------
    ConfigError
        When there is none, with the nearest names.

    Examples
    --------
    >>> turbine("V126/3450").rotor_m
    126.0
    >>> turbine("generic_3000_225").kind
    'generic'
    """
    if user and name in user:
        return user[name]
    if name in published_turbines():
        return published_turbines()[name]
    if name.startswith("generic_"):
        return generic_turbine(name)
    machines = windpowerlib_turbines()
    for key in (name, f"wpl/{name}"):
        if key in machines:
            return machines[key]
    import difflib

    near = difflib.get_close_matches(name, turbine_ids(user or ()), n=4, cutoff=0.3)
    raise ConfigError(
        say("siting.wind_machine.no_such_turbine"),
        where=say("siting.wind_machine.at_library"),
        got=name,
        expected=listed(near) or say("siting.wind_machine.an_id_of_the_library"),
        todo=say("siting.wind_machine.name_library_id_generic_kw"),
    )
