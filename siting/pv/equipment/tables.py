"""Rows of the tables SAM and pvlib read: CEC modules and inverters, Sandia modules."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from gis.errors import DataError
from gis.foreign import foreign_reason
from gis.say import listed, say
from siting.pv.equipment.panond import _number, text_of_file

__all__ = ["inverter_of_row", "module_of_row", "row_of_table"]

_BYTES = 40_000_000  # the CEC list of modules of 2026 has 5 MB
_CLOSE = 8


def _plain(name: str) -> str:
    """Letters and digits of a name: pvlib and SAM write the others in different ways."""
    return re.sub(r"[^0-9a-z]", "", name.lower())


def _nearness(given: str, row: str) -> int:
    """How near a name comes to that of a row: 3 as written, 2 as pvlib writes it, 1 or 0.

    Names of the CEC list differ by a capital or a plus sign alone: what is nearest is meant.
    """
    if given.strip() == row.strip():
        return 3
    if re.sub(r"[^0-9A-Za-z]", "_", given) == re.sub(r"[^0-9A-Za-z]", "_", row):
        return 2
    return int(_plain(given) == _plain(row))


def row_of_table(path: Path, name: str) -> dict[str, str]:
    """The row called `name` of a table with SAM's three head lines, by plain column names.

    Parameters
    ----------
    path : Path
    name : str
        As in the table, or as `pvlib.pvsystem.retrieve_sam` writes it; empty where the table
        has one row.

    Raises
    ------
    DataError
        When it is no such table, or does not have the row; the closest names are told.
    """
    by_nearness: dict[int, list[dict[str, str]]] = {}
    names: list[str] = []
    try:
        lines = csv.reader(text_of_file(path, _BYTES).splitlines())
        head = [_plain(h) for h in next(lines, [])]
        if not head or len(head) > 200 or len(set(head)) < 5:
            raise DataError(say("siting.pv_equipment.no_table"), where=path.name)
        for i, row in enumerate(lines):
            # units, and names of SAM's variables
            if i < 2 or not row:
                continue
            names.append(row[0])
            near = _nearness(name, row[0]) if name else 1
            if near:
                by_nearness.setdefault(near, []).append(dict(zip(head, row, strict=False)))
    except csv.Error as err:
        raise DataError(
            say("siting.pv_equipment.no_table"), where=path.name, got=foreign_reason(err)
        ) from err
    found = by_nearness[max(by_nearness)] if by_nearness else []
    if len(found) == 1:
        return found[0]
    if len(found) > 1 and name and all(f == found[0] for f in found):
        return found[0]
    close = difflib.get_close_matches(name, names[:50_000], n=_CLOSE, cutoff=0.3)
    raise DataError(
        say("siting.pv_equipment.no_row", name=name or "-", n=len(found)),
        where=path.name,
        expected=listed(close or names[:_CLOSE]),
        todo=say("siting.pv_equipment.name_a_row"),
    )


def _figure(row: Mapping[str, str], key: str, where: str) -> float:
    text = row.get(_plain(key), "").strip()
    if not text:
        raise DataError(say("siting.pv_equipment.key_missing", figure=key), where=where)
    return _number(text, f"{where} {key}")


def module_of_row(row: Mapping[str, str], where: str) -> dict[str, object]:
    """Figures of a module from a row of the CEC or the Sandia table.

    Notes
    -----
    Sandia's table has no coefficient of power: it is the sum of those of current and voltage at
    the point of largest power.
    """

    def f(key: str) -> float:
        return _figure(row, key, where)

    if "imp0" in row or "impo" in row:
        imp, vmp = f("Impo"), f("Vmpo")
        return {
            "id": next(iter(row.values()))[:200],
            "pmp_w": imp * vmp,
            "vmp_v": vmp,
            "imp_a": imp,
            "voc_v": f("Voco"),
            "isc_a": f("Isco"),
            "alpha_isc_per_c": f("Aisc"),
            "beta_voc_per_c": f("Bvoco") / f("Voco"),
            "gamma_per_c": f("Aimp") + f("Bvmpo") / vmp,
            "cells": int(f("Cells_in_Series")),
            "area_m2": f("Area"),
            "date": row.get("vintage", "")[:100],
        }
    isc, voc, imp, vmp = f("I_sc_ref"), f("V_oc_ref"), f("I_mp_ref"), f("V_mp_ref")
    return {
        "id": next(iter(row.values()))[:200],
        "pmp_w": f("STC") if row.get("stc", "").strip() else imp * vmp,
        "vmp_v": vmp,
        "imp_a": imp,
        "voc_v": voc,
        "isc_a": isc,
        "alpha_isc_per_c": f("alpha_sc") / isc,
        "beta_voc_per_c": f("beta_oc") / voc,
        "gamma_per_c": f("gamma_r") / 100.0,
        "cells": int(f("N_s")),
        "area_m2": f("A_c"),
        "date": row.get("date", "")[:100],
        "diode": {
            "kind": "cec",
            "r_s_ohm": f("R_s"),
            "r_sh_ohm": f("R_sh_ref"),
            "i_l_a": f("I_L_ref"),
            "i_o_a": f("I_o_ref"),
            "a_v": f("a_ref"),
            "adjust_pct": f("Adjust"),
        },
    }


def inverter_of_row(row: Mapping[str, str], where: str) -> dict[str, object]:
    """Figures of an inverter from a row of the CEC table."""

    def f(key: str) -> float:
        return _figure(row, key, where)

    rated = f("Paco")
    if not rated > 0.0:
        raise DataError(say("siting.pv_equipment.no_rating"), where=where, got=f"{rated:g}")
    return {
        "id": next(iter(row.values()))[:200],
        "model": "sandia",
        "rated_w": rated,
        "night_frac": f("Pnt") / rated,
        "mppt_min_v": f("Mppt_low"),
        "mppt_max_v": f("Mppt_high"),
        "vdc_max_v": f("Vdcmax"),
        "sandia": {
            "pdco": f("Pdco") / rated,
            "pso": f("Pso") / rated,
            "vdco_v": f("Vdco"),
            "c0": f("C0") * rated,
            "c1": f("C1"),
            "c2": f("C2"),
            "c3": f("C3"),
        },
        "date": row.get("cecdate", "")[:100],
    }
