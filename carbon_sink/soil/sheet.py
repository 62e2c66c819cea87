"""A sheet of soil layers as a file holds it: columns by the names of the layer catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gis.errors import DataError, Fault, raise_faults
from gis.files.table_rows import read_table
from gis.files.vertices import is_coordinate
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.open.canonical import picked_column
from layers.result import Warn

__all__ = ["SoilSheet", "read_soil_sheet", "unread_columns"]

_LAYER = "soil_samples"
_MOST_ROWS = 100_000
_SHOWN = 12


@dataclass(frozen=True)
class SoilSheet:
    """Layers of profiles, and what of the sheet nobody read.

    Attributes
    ----------
    table
        One row a layer, with the catalogue's field names.
    warnings
        Columns that are no field of the catalogue.
    """

    table: pd.DataFrame
    warnings: tuple[Warn, ...]


def unread_columns(columns: Iterable[str], read: Iterable[str]) -> list[Warn]:
    """A warning of the columns nobody reads: one of them may be the stones, named otherwise.

    Parameters
    ----------
    columns : iterable of str
        Of the sheet; those of coordinates are not told.
    read : iterable of str
        Those that became a field.

    Examples
    --------
    >>> [w.code for w in unread_columns(["top_cm", "remark"], ["top_cm"])]
    ['soil_columns_unread']
    """
    known = {c.lower() for c in read}
    left = [c for c in columns if c.strip().lower() not in known and not is_coordinate(c)]
    if not left:
        return []
    names = listed(left[:_SHOWN] + (["..."] if len(left) > _SHOWN else []))
    told = say("carbon_sink.soil.columns_unread", names=names)
    return [Warn("soil_columns_unread", told, _LAYER)]


def read_soil_sheet(path: Path) -> SoilSheet:
    """Layers of soil profiles, one row a layer, with the catalogue's field names.

    Parameters
    ----------
    path : Path
        ``.csv`` (UTF-8 or GBK) or ``.xlsx``.

    Raises
    ------
    DataError
        A column that is needed is missing, a number is none, too many rows.
    """
    raw = read_table(path, "", path.name)
    if not 0 < len(raw) <= _MOST_ROWS:
        raise DataError(
            say("carbon_sink.soil.rows"),
            where=path.name,
            got=str(len(raw)),
            expected=f"1..{_MOST_ROWS}",
        )
    columns = [str(c) for c in raw.columns]
    raw.columns = pd.Index(columns)
    out: dict[str, object] = {}
    read: list[str] = []
    faults: list[Fault] = []
    for field in layer_of(_LAYER).fields:
        column = picked_column(columns, field, "")
        if column is None:
            if field.required:
                faults.append(
                    Fault(
                        say("carbon_sink.soil.column_missing"),
                        where=path.name,
                        got=listed(columns[:12]),
                        expected=" / ".join((field.name, *field.aliases)),
                    )
                )
            continue
        read.append(column)
        values = raw[column]
        if field.type == "text":
            out[field.name] = values.astype("object").where(values.notna(), None)
            continue
        numbers = pd.to_numeric(values, errors="coerce")
        wrong = numbers.isna() & values.notna() & (values.astype(str).str.strip() != "")
        if wrong.any():
            faults.append(
                Fault(
                    say("carbon_sink.soil.not_a_number"),
                    where=f"{path.name} {column}",
                    got=repr(str(values[wrong].iloc[0])[:40]),
                )
            )
        out[field.name] = numbers
    raise_faults(DataError, faults)
    return SoilSheet(pd.DataFrame(out), tuple(unread_columns(columns, read)))
