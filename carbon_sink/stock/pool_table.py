"""A table of carbon pools by class in InVEST's layout, read as a file of unknown hands.

Columns ``lucode, LULC_name, c_above, c_below, c_soil, c_dead`` [tC/ha]; a class is whatever the
raster's numbers mean to its owner, so two classes of one ecosystem may hold different carbon.

References
----------
InVEST User's Guide, Carbon Storage and Sequestration: stock = sum over classes of area x
(c_above + c_below + c_soil + c_dead).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from carbon_sink.section_values import MOST_TC_HA
from gis.errors import DataError, Fault, raise_faults
from gis.files.table_rows import read_table
from gis.say import listed, say

__all__ = ["PoolClass", "read_pools"]

POOL_COLUMNS = ("c_above", "c_below", "c_soil", "c_dead")
_CODE, _NAME = "lucode", "lulc_name"
_MOST_ROWS = 5_000
_MOST_BYTES = 5_000_000
_HIGHEST_CODE = 65_535
"""Over what any ecosystem on earth holds in one pool: kilograms a hectare, or tonnes a square
kilometre, were written."""
_SHOWN = 12


@dataclass(frozen=True)
class PoolClass:
    """Carbon of one class [tC/ha]."""

    code: int
    name: str
    c_above: float
    c_below: float
    c_soil: float
    c_dead: float

    @property
    def total(self) -> float:
        """All four pools [tC/ha]."""
        return math.fsum((self.c_above, self.c_below, self.c_soil, self.c_dead))


def _columns(table: pd.DataFrame, where: str) -> dict[str, int]:
    """Wanted name -> place of its column, whatever its letters and spaces."""
    plain: dict[str, list[int]] = {}
    for at, column in enumerate(table.columns):
        plain.setdefault(str(column).strip().lower(), []).append(at)
    needed = (_CODE, *POOL_COLUMNS)
    missing = [c for c in needed if c not in plain]
    twice = [c for c in (*needed, _NAME) if len(plain.get(c, ())) > 1]
    if missing or twice:
        raise DataError(
            say("carbon_sink.stock.pool_columns"),
            where=where,
            got=listed(str(c)[:40] for c in list(table.columns)[:_SHOWN]),
            expected="lucode, LULC_name, c_above, c_below, c_soil, c_dead",
        )
    return {c: plain[c][0] for c in (*needed, _NAME) if c in plain}


def _number(raw: Any) -> float | None:  # noqa: ANN401 - a cell of a file
    """The number of a cell; None where there is none, or it is not finite."""
    if isinstance(raw, bool) or raw is None:
        return None
    try:
        value = float(str(raw).strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _row(raw: Mapping[str, Any], where: str, faults: list[Fault]) -> PoolClass | None:
    def bad(key: str, column: str, expected: str) -> None:
        got = f"{column}={str(raw[column])[:40]!r}"
        faults.append(
            Fault(say(f"carbon_sink.stock.{key}"), where=where, got=got, expected=expected)
        )

    code = _number(raw[_CODE])
    if code is None or code != int(code) or not 0 <= code <= _HIGHEST_CODE:
        bad("pool_code", _CODE, f"0..{_HIGHEST_CODE}")
        code = None
    values = {}
    for column in POOL_COLUMNS:
        value = _number(raw[column])
        if value is None:
            bad("pool_blank", column, "tC/ha")
        elif not 0 <= value <= MOST_TC_HA:
            bad("pool_cannot_be", column, f"0..{MOST_TC_HA:g} tC/ha")
        else:
            values[column] = value
    if code is None or len(values) < len(POOL_COLUMNS):
        return None
    name = raw.get(_NAME)
    text = "" if name is None or name != name else str(name).strip()[:80]
    return PoolClass(int(code), text or str(int(code)), **values)


def read_pools(path: Path) -> dict[int, PoolClass]:
    """Read a table of pools; every fault of it is reported at once.

    Parameters
    ----------
    path : Path
        ``.csv`` (UTF-8 or GBK) or ``.xlsx``.

    Returns
    -------
    dict
        Class value -> pools, in the order of the file.

    Raises
    ------
    DataError
        Columns missing or twice, blank or impossible pools, codes that are no class values or
        stand twice, a file that is too large or no table.
    """
    where = path.name
    if path.suffix.lower() not in {".csv", ".txt", ".xlsx", ".xlsm"}:
        raise DataError(
            say("carbon_sink.stock.pool_file_kind"),
            where=where,
            got=path.suffix,
            expected=".csv",
        )
    if path.is_file() and path.stat().st_size > _MOST_BYTES:
        raise DataError(
            say("carbon_sink.stock.pool_file_large"),
            where=where,
            got=f"{path.stat().st_size:,} B",
            expected=f"<= {_MOST_BYTES:,} B",
        )
    table = read_table(path, "", where)
    columns = _columns(table, where)
    if not 0 < len(table) <= _MOST_ROWS:
        raise DataError(
            say("carbon_sink.stock.pool_rows"),
            where=where,
            got=str(len(table)),
            expected=f"1..{_MOST_ROWS}",
        )
    faults: list[Fault] = []
    out: dict[int, PoolClass] = {}
    for number, (_, line) in enumerate(table.iterrows(), 2):
        raw = {name: line.iloc[at] for name, at in columns.items()}
        row = say("carbon_sink.stock.at_row", name=where, number=number)
        found = _row(raw, row, faults)
        if found is None:
            continue
        if found.code in out:
            faults.append(
                Fault(say("carbon_sink.stock.pool_code_twice"), where=row, got=str(found.code))
            )
        out.setdefault(found.code, found)
    raise_faults(DataError, faults)
    return out
