"""What stands in a file of tables, seen from its schema and a few of its rows.

A county's parcels are hundreds of thousands of rows; to know what they are a few hundred are
enough. Every look goes through the same guards as the reader of the whole file, in a process
of its own: a file that hangs or breaks a library is one that was not understood.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gis.crs.systems import epsg_of
from gis.errors import DataError, GeoplanError
from gis.files.archive import check_parquet, check_xml, unpacked
from gis.files.child import in_child
from gis.files.given import check_features_file, foreign, given_file, refuse_access
from gis.files.read_features import read_features, shapefile_encoding
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "TableLook",
    "areas_near",
    "column_values",
    "declared_system",
    "look_at_tables",
    "row_places",
]

Box = tuple[float, float, float, float]
Options = dict[str, Any]
_ROWS = 600  # of each part of a table that is looked at
_PARTS = 3
_WHOLE = {".csv", ".xlsx", ".xlsm", ".txt", ".dxf", ".json", ".parquet", ".kml", ".kmz"}
_WITHOUT_SYSTEM = {".csv", ".xlsx", ".xlsm", ".dxf"}
_DATA = {".shp", ".gpkg", ".geojson", ".fgb", ".gdb", ".gml", ".gpx"} | _WHOLE
_KINDS = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}


@dataclass(frozen=True)
class TableLook:
    """A table of features as its schema and some of its rows show it.

    Attributes
    ----------
    layer
        What a plan must name to read it; empty where the file holds this one alone.
    name
        What it is called: of the table, else the stem of the file.
    kind
        ``"point"``, ``"line"``, ``"polygon"``, ``"mixed"`` or ``"none"`` (no geometry).
    rows
        How many the table has.
    crs
        Declared system as ``EPSG:code`` or WKT; empty where none is declared.
    bounds
        Of the whole table in its own coordinates; None where it has none.
    sample
        Attributes of some rows from its beginning, middle and end.
    points
        (n, 2) a place of each of these rows, in the table's own coordinates.
    """

    layer: str
    name: str
    kind: str
    rows: int
    crs: str
    bounds: Box | None
    sample: pd.DataFrame
    points: npt.NDArray[np.float64]


def look_at_tables(path: str | Path, systems: Sequence[str] = ()) -> tuple[TableLook, ...]:
    """Every table of a file: layers of a geodatabase, sheets of a workbook, members of a zip.

    Parameters
    ----------
    path : path
        What `gis.files.read_features` reads.
    systems : sequence of str
        Coordinate systems that are tried where a drawing or a table of places declares none
        and its numbers do not say it; the look then has none.

    Raises
    ------
    DataError
        When it cannot be opened as what its name says.
    """
    path = given_file(path)
    size = path.stat().st_size if path.is_file() else 0
    found: tuple[TableLook, ...] = in_child(
        _tables, path, tuple(systems), where=str(path), size=size
    )
    return found


def _tables(path: Path, systems: tuple[str, ...]) -> tuple[TableLook, ...]:
    with foreign(say("gis.files.file_cannot_read_features"), str(path)):
        name = path.name.lower()
        if path.suffix.lower() == ".zip":
            with unpacked(path) as folder:
                return tuple(_of_archive(folder, path, systems))
        if name.endswith((".xlsx", ".xlsm")):
            return tuple(_of_workbook(path, systems))
        return tuple(_of_file(path, str(path), systems))


def _of_archive(folder: Path, archive: Path, systems: tuple[str, ...]) -> Iterator[TableLook]:
    inner = [p for p in sorted(folder.rglob("*.[gG][dD][bB]")) if p.is_dir()]
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    if not inner:
        inner = [p for p in files if p.suffix.lower() in _DATA]
    if not inner:
        for other in files:
            refuse_access(other, str(archive))
        raise DataError(say("gis.files.archive_holds_no_data_can"), where=str(archive))
    for path in inner:
        for look in _of_file(path, str(archive), systems):
            # several data sets of an archive are told apart by their stem
            alone = len(inner) == 1
            yield _renamed(look, look.layer if alone else path.stem)


def _renamed(look: TableLook, layer: str) -> TableLook:
    from dataclasses import replace

    return replace(look, layer=layer)


def _of_workbook(path: Path, systems: tuple[str, ...]) -> Iterator[TableLook]:
    import openpyxl

    from gis.files.table_rows import read_table

    read_table(path, "", str(path))  # its guards, before the library opens it
    sheets = openpyxl.load_workbook(path, read_only=True).sheetnames
    faults: list[Any] = []
    n = 0
    for sheet in sheets:
        try:
            frame = _frame(path, sheet, "point", systems)
        except GeoplanError as err:
            faults += err.faults
            continue
        n += 1
        name = f"{path.stem} {sheet}" if len(sheets) > 1 else path.stem
        yield _of_frame(frame, sheet if len(sheets) > 1 else "", name)
    if not n:
        raise DataError(faults)


def _frame(path: Path, layer: str, kind: str, systems: tuple[str, ...]) -> gpd.GeoDataFrame:
    """A whole table; without a system where none is declared and only a guess would fit."""
    try:
        return read_features(path, layer=layer, kind=kind)
    except GeoplanError as err:
        for crs in systems if path.suffix.lower() in _WITHOUT_SYSTEM else ():
            try:
                frame = read_features(path, layer=layer, kind=kind, crs=crs)
            except GeoplanError:
                continue
            return frame.set_crs(None, allow_override=True)
        raise err from None


def _of_file(path: Path, label: str, systems: tuple[str, ...]) -> Iterator[TableLook]:
    suffix = path.suffix.lower()
    if suffix in _WHOLE:
        if suffix == ".parquet":
            check_parquet(path, label)
        kind = "point" if suffix in {".csv"} else ""
        yield _of_frame(_frame(path, "", kind, systems), "", path.stem)
        return
    check_features_file(path, label)
    if suffix in {".gml", ".gpx"}:
        check_xml(path)
    import pyogrio

    options: dict[str, Any] = {}
    if suffix == ".shp":
        encoding = shapefile_encoding(path, "", [], label)
        options = {"encoding": encoding} if encoding else {}
    listed = [(str(n), k) for n, k in pyogrio.list_layers(path)]
    with_geometry = sum(k is not None for _, k in listed)
    for name, kind in listed:
        alone = suffix in {".shp", ".geojson", ".fgb"} or with_geometry == 1
        own = path.stem if suffix in {".shp", ".geojson", ".fgb"} else name
        yield _of_layer(path, name, own, options, alone=alone, spatial=kind is not None)


def _of_layer(
    path: Path, layer: str, name: str, options: Options, *, alone: bool, spatial: bool
) -> TableLook:
    import pandas as pd
    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # measured values and odd dates are not our subject
        info = pyogrio.read_info(
            path, layer=layer, force_feature_count=True, force_total_bounds=spatial, **options
        )
        rows = int(info["features"])
        starts = sorted({max(0, (rows - _ROWS) * k // (_PARTS - 1)) for k in range(_PARTS)})
        parts = [
            pyogrio.read_dataframe(
                path,
                layer=layer,
                skip_features=start,
                max_features=_ROWS,
                read_geometry=spatial,
                force_2d=True,
                **options,
            )
            for start in (starts if rows else [])
        ]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    declared = declared_system(info["crs"])
    bounds = _box(info["total_bounds"]) if spatial else None
    shown = "" if alone else layer
    if not spatial or frame.empty:
        return TableLook(shown, name, "none", rows, declared, bounds, frame, np.empty((0, 2)))
    look = _of_frame(frame, shown, name)
    return TableLook(
        shown, name, look.kind, rows, declared, bounds or look.bounds, look.sample, look.points
    )


def _box(bounds: Any) -> Box | None:  # noqa: ANN401 - as the library gives it
    if bounds is None or not np.isfinite(np.asarray(bounds, dtype=np.float64)).all():
        return None
    x0, y0, x1, y1 = (float(v) for v in bounds)
    return x0, y0, x1, y1


def declared_system(crs: Any) -> str:  # noqa: ANN401 - a CRS of the library, or its text
    """A declared system as ``EPSG:code`` where it has one, else its text; empty for none."""
    if crs is None or crs == "":
        return ""
    import pyproj

    try:
        found = pyproj.CRS.from_user_input(crs)
        code = epsg_of(found)
    except (pyproj.exceptions.CRSError, GeoplanError):
        return str(crs)
    return f"EPSG:{code}" if code else found.to_wkt()


def _of_frame(frame: gpd.GeoDataFrame, layer: str, name: str) -> TableLook:
    import pandas as pd
    import shapely

    shapes = np.asarray(frame.geometry.array)
    good = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    kinds = {_KINDS.get(int(k), "mixed") for k in np.unique(shapely.get_type_id(shapes[good]))}
    rows = len(frame)
    if rows > _ROWS * _PARTS:
        keep = np.unique(np.linspace(0, rows - 1, _ROWS * _PARTS).astype(int))
        frame, shapes, good = frame.iloc[keep], shapes[keep], good[keep]
    middle = shapely.centroid(shapes[good])
    return TableLook(
        layer=layer,
        name=name,
        kind=kinds.pop() if len(kinds) == 1 else ("mixed" if kinds else "none"),
        rows=rows,
        crs=declared_system(frame.crs),
        bounds=_box(shapely.total_bounds(shapes)),
        sample=pd.DataFrame(frame.drop(columns=frame.geometry.name)),
        points=np.asarray(shapely.get_coordinates(middle), dtype=np.float64).reshape(-1, 2),
    )


def column_values(path: str | Path, layer: str, column: str) -> tuple[str, ...]:
    """Every different value of one column, as text; the geometry is not read.

    Parameters
    ----------
    path : path
        A file of many rows that can be read by column.
    layer : str
        Its table; empty where it is the only one.
    column : str

    Raises
    ------
    DataError
    """
    path = given_file(path)
    size = path.stat().st_size if path.is_file() else 0
    found: tuple[str, ...] = in_child(_values, path, layer, column, where=str(path), size=size)
    return found


def _values(path: Path, layer: str, column: str) -> tuple[str, ...]:
    import pyogrio

    check_features_file(path)
    options: dict[str, Any] = {}
    if path.suffix.lower() == ".shp" and (found := shapefile_encoding(path, "", [], str(path))):
        options["encoding"] = found
    with foreign(say("gis.files.attributes_cannot_read"), str(path)):
        table = pyogrio.read_dataframe(
            path, layer=layer or None, columns=[column], read_geometry=False, **options
        )
        return tuple(str(v) for v in table[column].dropna().unique())


def row_places(path: str | Path, layer: str) -> npt.NDArray[np.float64]:
    """Middle of the box of every row, in the table's own coordinates; geometry is not kept.

    Parameters
    ----------
    path : path
        A file of many rows, as for `column_values`.
    layer : str
        Its table; empty where it is the only one.

    Returns
    -------
    (n, 2) array
        Rows without geometry are left out.

    Raises
    ------
    DataError
    """
    path = given_file(path)
    size = path.stat().st_size if path.is_file() else 0
    found: npt.NDArray[np.float64] = in_child(_middles, path, layer, where=str(path), size=size)
    return found


def _middles(path: Path, layer: str) -> npt.NDArray[np.float64]:
    import pyogrio

    check_features_file(path)
    with foreign(say("gis.files.file_cannot_read_features"), str(path)):
        _, box = pyogrio.read_bounds(path, layer=layer or None)
    middle: npt.NDArray[np.float64] = np.column_stack(
        [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
    )
    return middle[np.isfinite(middle).all(axis=1)]


def areas_near(path: str | Path, layer: str, box: Box) -> npt.NDArray[np.object_]:
    """Shapes of the rows whose boxes meet a box, in the table's own coordinates.

    Parameters
    ----------
    path : path
        A file of many rows, as for `column_values`.
    layer : str
        Its table; empty where it is the only one.
    box : tuple
        West, south, east, north.

    Raises
    ------
    DataError
    """
    path = given_file(path)
    size = path.stat().st_size if path.is_file() else 0
    found: npt.NDArray[np.object_] = in_child(
        _near, path, layer, box, where=str(path), size=size
    )
    return found


def _near(path: Path, layer: str, box: Box) -> npt.NDArray[np.object_]:
    import pyogrio

    check_features_file(path)
    with foreign(say("gis.files.file_cannot_read_features"), str(path)):
        near = pyogrio.read_dataframe(
            path, layer=layer or None, columns=[], bbox=box, force_2d=True
        )
    return np.asarray(near.geometry.array)
