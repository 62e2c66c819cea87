"""Results of a run as tables of a database: columns with types and remarks, rows of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from geoplan.export.ask import Wanted, chosen_layers, layer_title
from geoplan.export.origin import origin_of
from geoplan.report.exports import column_title, field_docs, run_tables
from geoplan.summary import RunSummary
from gis.crs.systems import as_crs, epsg_of
from gis.errors import DataError
from gis.files.export.frames import plain_text, typed
from gis.say import LANGS, say
from layers.plan.model import Plan
from layers.run_lock import Tell

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = [
    "GEOMETRY",
    "NAME_BYTES",
    "REGISTER",
    "RUN_ID",
    "Sheet",
    "cells_of",
    "sheet_of",
    "sheets_of",
]

REGISTER = "runs"
"""Table with a row for every run of the schema."""
RUN_ID = "run_id"
GEOMETRY = "geom"
NAME_BYTES = 63
"""Longest name in PostgreSQL."""


@dataclass(frozen=True)
class Sheet:
    """A table to be filled.

    Attributes
    ----------
    columns
        Name, type and remark of each column; the first is the run.
    rows
        Cells in their order.
    geometry
        Whether the last column is one, with its SRID.
    """

    name: str
    remark: str
    columns: tuple[tuple[str, str, str], ...]
    rows: Sequence[Sequence[Any]]
    srid: int = 0


def _both(text: Any) -> str:  # noqa: ANN401 - what is said in each language
    return " / ".join(dict.fromkeys(text(lang) for lang in LANGS))


def sheets_of(
    plan: Plan, run: Path, ask: Wanted, summary: RunSummary, tell: Tell | None
) -> list[Sheet]:
    """The register, then every layer, then every table."""
    import pandas as pd

    docs = field_docs(plan)
    own = summary.run.id
    register = {
        RUN_ID: own,
        "plan": summary.plan.id,
        "plan_sha256": summary.plan.sha256,
        "title_zh": summary.plan.title("zh"),
        "title_en": summary.plan.title("en"),
        "as_of": str(plan.plan.as_of),
        "finished": summary.run.finished,
        "geoplan": summary.run.geoplan,
        "synthetic": bool(summary.plan.synthetic),
        "attribution": " / ".join(
            dict.fromkeys(origin_of(summary, la).get("attribution", "") for la in LANGS)
        ),
        "sources": origin_of(summary, LANGS[0]).get("sources", ""),
        "written": pd.Timestamp.now(tz="UTC"),
    }
    keys = {
        RUN_ID: "run",
        "plan": "plan",
        "plan_sha256": "plan_sha",
        "title_zh": "title",
        "title_en": "title",
        "geoplan": "version",
    }
    remarks = {c: _both(say(f"geoplan.export.c_{keys.get(c, c)}")) for c in register}
    out = [
        sheet_of(
            REGISTER,
            pd.DataFrame([register]),
            remarks,
            _both(say("geoplan.export.register")),
            "",
        )
    ]

    def told(columns: Sequence[str]) -> dict[str, str]:
        return {
            c: " / ".join(dict.fromkeys(column_title(c, lang, docs) for lang in LANGS))
            for c in columns
            if docs.get(c) is not None
        }

    for name, layer in chosen_layers(plan, run, ask, tell=tell).items():
        title = {lang: layer_title(name, lang) for lang in LANGS}
        remark = " / ".join(
            say("geoplan.export.result_layer", title=title[lang])(lang) for lang in LANGS
        )
        out.append(sheet_of(name, layer, told(list(layer.columns)), remark, own))
    if ask.layers or ask.site:
        return out
    taken = {s.name for s in out}
    for name, table in run_tables(run):
        shown = f"{name}_table" if name in taken else name
        remark = _both(say("geoplan.export.result_table", title=name))
        out.append(sheet_of(shown, table, told(list(table.columns)), remark, own))
    return out


def _fit(name: str, taken: set[str]) -> str:
    """A name the database keeps whole, told apart from those before."""
    raw = name.replace("\0", "").encode()[:NAME_BYTES]
    fit = raw.decode(errors="ignore") or "field"
    number = 1
    while fit in taken:
        number += 1
        tail = f"_{number}"
        fit = raw[: NAME_BYTES - len(tail)].decode(errors="ignore") + tail
    taken.add(fit)
    return fit


def sheet_of(
    name: str, frame: pd.DataFrame, remarks: Mapping[str, str], remark: str, own: str
) -> Sheet:
    """Cells and types of a frame; `own` is the run, put in front of every row."""
    import geopandas as gpd

    geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else ""
    columns: list[tuple[str, str, str]] = []
    cells: list[Sequence[Any]] = []
    taken = {GEOMETRY}
    if own:
        taken.add(RUN_ID)
        columns.append((RUN_ID, "text", _both(say("geoplan.export.c_run"))))
        cells.append([own] * len(frame))
    for c in frame.columns:
        if c != geometry:
            kind, values = cells_of(frame[c])
            field, said = _fit(str(c), taken), remarks.get(str(c), "")
            # a name the database does not keep as it was stands in the remark
            said = said if field == str(c) else " / ".join(t for t in (said, str(c)) if t)
            columns.append((field, kind, said))
            cells.append(values)
    srid = 0
    if isinstance(frame, gpd.GeoDataFrame):
        code = epsg_of(as_crs(frame.crs))
        if not code:
            raise DataError(say("geoplan.export.no_epsg"), where=name, got=str(frame.crs)[:80])
        srid = code
        flat = shapely.force_2d(frame.geometry.to_numpy())
        wkb = shapely.to_wkb(shapely.set_srid(flat, srid), hex=True, include_srid=True)
        columns.append(
            (GEOMETRY, f"geometry(Geometry, {srid})", _both(say("geoplan.export.c_geometry")))
        )
        cells.append(wkb.tolist())
    rows = list(zip(*cells, strict=True))
    return Sheet(_fit(name, set()), remark, tuple(columns), rows, srid)


def cells_of(column: pd.Series[Any]) -> tuple[str, Sequence[Any]]:
    """Type of a column in the database, and its cells."""
    import pandas as pd

    column = typed(column)
    kind = column.dtype
    known = column.notna()
    if pd.api.types.is_bool_dtype(kind):
        return "boolean", [bool(v) if k else None for v, k in zip(column, known, strict=True)]
    if pd.api.types.is_integer_dtype(kind):
        return "bigint", [int(v) if k else None for v, k in zip(column, known, strict=True)]
    if pd.api.types.is_float_dtype(kind):
        # a number that is none is no value, to every program that reads it
        return "double precision", [
            float(v) if k else None for v, k in zip(column, known, strict=True)
        ]
    if pd.api.types.is_datetime64_any_dtype(kind):
        name = "timestamp" if getattr(kind, "tz", None) is None else "timestamptz"
        return name, [v.isoformat() if k else None for v, k in zip(column, known, strict=True)]
    return "text", [plain_text(v) for v in column]
