"""Read features from whatever a county hands over, and say what was done to them."""

from __future__ import annotations

import contextlib
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gis.errors import DataError
from gis.files.archive import check_parquet, check_xml, unpacked
from gis.files.checked_features import Box, checked, kml_notes, with_crs
from gis.files.child import in_child
from gis.files.coordinate_txt import read_coordinate_txt, read_text
from gis.files.dbf import dbf_encoding
from gis.files.drawing import areas_of, chosen_layer, dxf_text, refuse_units, shown
from gis.files.dxf_facts import DxfFacts, dxf_facts
from gis.files.given import (
    check_features_file,
    foreign,
    given_file,
    has_views,
    refuse_access,
)
from gis.files.notes import Note, notes_of
from gis.files.vertices import read_vertices
from gis.foreign import foreign_reason
from gis.json_once import TwiceError, json_once
from gis.say import listed, say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["list_layers", "read_features", "shapefile_encoding"]

_LOOKED_THROUGH = 16 << 20  # bytes
_AT_A_TIME = 50_000  # rows of a large layer
_TABLES = {".csv", ".xlsx", ".xlsm"}
_XML = {".kml", ".gpx", ".gml"}
_KNOWN = {".shp", ".gpkg", ".geojson", ".json", ".fgb", ".parquet", ".dxf", ".gdb"}
_MERGED = {".kml", ".dxf", ".kmz"}  # drawings: all their layers are one picture
_GBK_NAMES = {"gbk": "GB18030", "gb2312": "GB18030", "cp936": "GB18030", "936": "GB18030"}


def read_features(
    path: str | Path,
    *,
    layer: str = "",
    where: str | None = None,
    encoding: str = "",
    crs: str = "",
    bbox: Box | None = None,
    kind: str = "",
) -> gpd.GeoDataFrame:
    """Read a layer of features, valid and in a known CRS.

    Parameters
    ----------
    path : path
        Shapefile, GeoPackage, FileGDB, GeoJSON, FlatGeobuf, GeoParquet, KML/KMZ, DXF, a zip
        of one of them, coordinate text (用地坐标表), or a table of points (CSV, Excel).
    layer : str
        Needed when the file has several.
    where : str, optional
        SQL condition on the attributes (GDAL's dialect); not for tables and texts.
    encoding : str
        Of a Shapefile's attributes; found from the bytes when empty and no ``.cpg`` says it.
    crs : str
        CRS of a file that declares none; takes the place of a declared one, with a note.
    bbox : (xmin, ymin, xmax, ymax), optional
        Only features that meet this box, in the file's CRS.
    kind : {"", "point", "line", "polygon"}
        What is looked for: rows of a table are points or the rings of areas, closed lines of a
        drawing lines or areas.

    Returns
    -------
    GeoDataFrame
        Two-dimensional valid geometries; rows without geometry are dropped. What was done is
        in `gis.files.notes.notes_of`. Empty only when `where` or `bbox` leaves nothing.

    Raises
    ------
    DataError
        Missing or unreadable file, several layers and none named, no features, no CRS,
        coordinates that contradict the CRS (`gis.crs.systems.check_coordinates`).
    """
    path = given_file(path)
    if not path.exists():
        raise _missing(path)
    suffix = path.suffix.lower()
    notes: list[Note] = []
    with foreign(say("gis.files.file_cannot_read_features"), str(path), _way_out(path)):
        if suffix in {".zip", ".kmz"} or path.name.lower().endswith(".gdb.zip"):
            with unpacked(path) as folder:
                inner = _inner(folder, path, layer)
                frame = _read_one(
                    inner, layer, where, encoding, crs, bbox, notes, str(path), kind
                )
        else:
            frame = _read_one(path, layer, where, encoding, crs, bbox, notes, str(path), kind)
        notes.extend(notes_of(frame))
        frame = checked(frame, str(path), notes, filtered=where is not None or bbox is not None)
    frame.attrs["notes"] = tuple(notes)
    return frame


def _missing(path: Path) -> DataError:
    siblings = []
    if path.parent.is_dir():
        stem = path.stem.casefold()
        siblings = sorted(
            p.name for p in path.parent.iterdir() if stem in p.stem.casefold() or p.stem == stem
        )[:5]
    hint = (
        say("gis.files.beside_it", files=listed(siblings))
        if siblings
        else say("gis.files.check_path")
    )
    return DataError(say("gis.files.file_missing"), where=str(path), todo=hint)


def _inner(folder: Path, archive: Path, layer: str) -> Path:
    """The one data set of an unpacked archive."""
    found = [p for p in folder.rglob("*") if p.is_dir() and p.suffix.lower() == ".gdb"]
    if not found:
        wanted = _KNOWN | _XML | _TABLES | {".txt"}
        found = [p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in wanted]
        # a shapefile's readme or table beside it is not the data
        if shapes := [p for p in found if p.suffix.lower() in _KNOWN]:
            found = shapes
    if not found:
        for other in sorted(p for p in folder.rglob("*") if p.is_file()):
            refuse_access(other, str(archive))
    if layer:
        found = [p for p in found if p.stem == layer] or found
    if len(found) != 1:
        raise DataError(
            say("gis.files.archive_holds_no_data_can")
            if not found
            else say("gis.files.archive_holds_several_data_sets"),
            where=str(archive),
            got=listed(sorted(p.name for p in found)[:8]) or say("gis.files.nothing_known"),
            todo=say("gis.files.name_one_layer")
            if found
            else say("gis.files.give_data_file_itself"),
        )
    return found[0]


def _read_one(
    path: Path,
    layer: str,
    where: str | None,
    encoding: str,
    crs: str,
    bbox: Box | None,
    notes: list[Note],
    label: str,
    kind: str,
) -> gpd.GeoDataFrame:
    suffix = path.suffix.lower()
    facts = DxfFacts()
    if suffix == ".txt":
        return read_coordinate_txt(path, crs, label=label)
    if suffix in _TABLES:
        return read_vertices(path, crs, layer, label=label, kind=kind)
    check_features_file(path, label)
    size = path.stat().st_size
    if suffix == ".geojson":
        _refuse_twice(path, size)
    if suffix in _XML:
        check_xml(path)
    if suffix == ".kml":
        notes.extend(kml_notes(path, label))
    if suffix == ".parquet":
        import geopandas as gpd

        check_parquet(path, label)
        frame = gpd.read_parquet(path, bbox=bbox)
    elif suffix == ".json":
        frame = _read_json(path, where, bbox)
    elif suffix == ".dxf":
        # the driver loops for ever on ten bytes
        frame, more = in_child(
            _drawing, path, kind, where, encoding, bbox, label, where=label, size=size
        )
        notes.extend(more)
        facts = dxf_facts(path)
        frame = shown(frame, facts, notes, label)
        frame = areas_of(frame, notes, label, kind)
        frame = chosen_layer(frame, layer, notes, label, kind)
    elif suffix == ".gpkg" and has_views(path, label):
        # a view may be a query without end
        frame, more = in_child(
            _database, path, layer, where, encoding, bbox, label, where=label, size=size
        )
        notes.extend(more)
    else:
        frame = _read_ogr(path, layer, where, encoding, bbox, notes, label)
    frame = with_crs(frame, crs, label, notes)
    if suffix == ".dxf":
        refuse_units(frame, facts, notes, label)
    return frame


def _database(
    path: Path, layer: str, where: str | None, encoding: str, bbox: Box | None, label: str
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    notes: list[Note] = []
    return _read_ogr(path, layer, where, encoding, bbox, notes, label), notes


def _drawing(
    path: Path, kind: str, where: str | None, encoding: str, bbox: Box | None, label: str
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    # turbines and marks are blocks that are inserted at a place, whatever is drawn in them
    places = kind == "point"
    with dxf_text(path, blocks=not places):
        return _database(path, "entities" if places else "", where, encoding, bbox, label)


def _read_json(path: Path, where: str | None, bbox: Box | None) -> gpd.GeoDataFrame:
    """GeoJSON, or the bare list of features that web-map sources hand out."""
    import pyogrio

    text, _ = read_text(path)
    try:
        data = _once(text, path)
    except json.JSONDecodeError as e:
        raise DataError(
            say("gis.files.file_not_valid_json"),
            where=say("gis.files.at_line", file=path, line=e.lineno),
            got=foreign_reason(e),
        ) from e
    if isinstance(data, list):
        text = json.dumps({"type": "FeatureCollection", "features": data})
    elif not isinstance(data, dict) or "type" not in data:
        raise DataError(
            say("gis.files.json_holds_no_features"), where=str(path), expected="GeoJSON"
        )
    with foreign(say("gis.files.json_cannot_read_features"), str(path)):
        return pyogrio.read_dataframe(text.encode(), where=where, bbox=bbox)


def _once(text: str | bytes, path: Path) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json_once(text)
    except TwiceError as e:
        raise DataError(
            say("gis.files.json_key_twice", name=e.key[:60]),
            where=str(path),
            got=f'"{e.key[:60]}"',
            expected=say("gis.files.json_key_once"),
            todo=say("gis.files.json_key_todo"),
        ) from e


def _refuse_twice(path: Path, size: int) -> None:
    """Refuse GeoJSON that has a key twice, where it is no large table of a county's data."""
    if size > _LOOKED_THROUGH:
        return
    with contextlib.suppress(ValueError, RecursionError):  # its reader says what it is
        _once(path.read_bytes(), path)


def list_layers(path: str | Path) -> list[str]:
    """Names of the layers with geometry in a file.

    Raises
    ------
    DataError
        When the file is missing or unknown to the reader.
    """
    path = given_file(path)
    if not path.exists():
        raise _missing(path)
    check_features_file(path)
    if path.suffix.lower() == ".dxf":
        return in_child(_layers, path, where=str(path), size=path.stat().st_size)
    return _layers(path)


def _layers(path: Path) -> list[str]:
    import pyogrio

    with foreign(say("gis.files.file_cannot_read_features"), str(path), _way_out(path)):
        return [str(n) for n, kind in pyogrio.list_layers(path) if kind is not None]


def _way_out(path: Path) -> str:
    if path.suffix.lower() == ".shp":
        lost = [s for s in (".shx", ".dbf") if not path.with_suffix(s).exists()]
        if lost:
            return say("gis.files.side_files_missing", files=listed(lost))
    return say("gis.files.open_in_qgis")


def _unreadable(path: Path, label: str, error: Exception) -> DataError:
    return DataError(
        say("gis.files.file_cannot_read_features"),
        where=label,
        got=foreign_reason(error),
        todo=_way_out(path),
    )


def _read_ogr(
    path: Path,
    layer: str,
    where: str | None,
    encoding: str,
    bbox: Box | None,
    notes: list[Note],
    label: str,
) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd
    import pyogrio

    options: dict[str, Any] = {}
    if path.suffix.lower() == ".shp":
        lost = [s for s in (".shx", ".dbf") if not _side_file(path, s)]
        if lost:
            raise _unreadable(path, label, RuntimeError("incomplete Shapefile"))
        options["encoding"] = shapefile_encoding(path, encoding, notes, label)
    if path.suffix.lower() == ".gml":
        options["DOWNLOAD_SCHEMA"] = "NO"  # its header may name one on the network
    names = [""]
    if path.suffix.lower() != ".shp":
        names = _layers(path)
        if not names:
            raise DataError(say("gis.files.file_has_no_layer_geometry"), where=label)
        if layer and layer in names:
            names = [layer]
        elif layer and path.suffix.lower() not in {".geojson", ".fgb"}:
            raise DataError(
                say("gis.files.no_layer", layer=layer),
                where=label,
                expected=say("gis.files.one", names=listed(names[:12])),
            )
        elif len(names) > 1 and path.suffix.lower() not in _MERGED:
            raise DataError(
                say("gis.files.file_has_several_layers"),
                where=label,
                got=listed(names[:12]),
                todo=say("gis.files.name_one_layer"),
            )
    frames = []
    for name in names:
        try:
            with warnings.catch_warnings():
                # measured values and odd date fields are not our subject
                warnings.simplefilter("ignore")
                frames += _rows(
                    path,
                    layer=name or None,
                    where=where,
                    bbox=bbox,
                    force_2d=True,
                    **{k: v for k, v in options.items() if v},
                )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as e:
            raise _unreadable(path, label, e) from e
        except (ValueError, UnicodeDecodeError, LookupError) as e:
            raise DataError(
                say("gis.files.attributes_cannot_read"),
                where=label,
                got=foreign_reason(e),
                todo=say("gis.files.state_encoding_gbk_utf_8"),
            ) from e
    if len(frames) == 1:
        return frames[0]
    crs = next((f.crs for f in frames if f.crs is not None), None)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=crs)


def _rows(path: Path, **options: Any) -> list[gpd.GeoDataFrame]:  # noqa: ANN401
    """The rows of a layer, of very many some at a time.

    The reader holds their shapes as bytes and their words one by one beside what it makes.
    """
    import pyogrio

    whole = options["where"] is None and options["bbox"] is None
    info = {k: options[k] for k in ("layer", "encoding") if options.get(k)}
    n = pyogrio.read_info(path, **info)["features"] if whole else -1
    if n <= 2 * _AT_A_TIME:  # or not known
        return [pyogrio.read_dataframe(path, **options)]
    parts = [
        pyogrio.read_dataframe(path, skip_features=at, max_features=_AT_A_TIME, **options)
        for at in range(0, n, _AT_A_TIME)
    ]
    for name in parts[0].columns:
        kinds = {p[name].dtype for p in parts} - {np.dtype(object)}
        for part in parts:
            # a column of nothing is of no type: it is of that of the others
            if len(kinds) == 1 and part[name].dtype == object and part[name].isna().all():
                part[name] = part[name].astype(next(iter(kinds)))
    return parts


def _side_file(path: Path, suffix: str) -> bool:
    return path.with_suffix(suffix).exists() or path.with_suffix(suffix.upper()).exists()


def shapefile_encoding(path: Path, encoding: str, notes: list[Note], label: str) -> str:
    """Encoding of a Shapefile's attributes: the one given, else found from the bytes."""
    if encoding:
        return _GBK_NAMES.get(encoding.lower(), encoding)
    found, reason = dbf_encoding(path)
    if reason in {"gb18030", "ldid", "utf-8"}:
        notes.append(
            Note(
                "encoding_found",
                label,
                say("gis.files.encoding_found", found=found),
            )
        )
    elif reason == "cpg wrong":
        notes.append(
            Note(
                "encoding_cpg_wrong",
                label,
                say("gis.files.encoding_cpg_wrong", found=found),
            )
        )
    elif reason == "unknown":
        notes.append(
            Note(
                "encoding_unknown",
                label,
                say("gis.files.encoding_unknown"),
            )
        )
    return found
