"""A sheet of soil layers as a file holds it: columns by the names of the layer catalogue."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gis.errors import DataError, Fault, raise_faults
from gis.files.table_rows import read_table
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.open.canonical import picked_column

__all__ = ["read_soil_sheet"]

_MOST_ROWS = 100_000


def read_soil_sheet(path: Path) -> pd.DataFrame:
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
    faults: list[Fault] = []
    for field in layer_of("soil_samples").fields:
        column = picked_column(columns, field, "")
        if column is None:
            if field.required:
                faults.append(
                    Fault(
                        say("carbon_sink.soil.column_missing"),
                        where=path.name,
                        got=", ".join(columns[:12]),
                        expected=" / ".join((field.name, *field.aliases)),
                    )
                )
            continue
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
    return pd.DataFrame(out)
