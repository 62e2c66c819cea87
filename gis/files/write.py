"""Write rasters and features that other programs open without a question.

Rasters become cloud-optimised GeoTIFFs with nodata, colours and provenance inside; features
go to GeoPackage, or to a Shapefile whose Chinese names survive (`gis.files.write_shapefile`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.errors import DataError
from gis.files.exchange.write import write_coordinate_txt
from gis.files.export.drawing import CadLayer, write_dxf
from gis.files.export.frames import (
    Held,
    attributes,
    held_fields,
    plain_columns,
    plain_text,
    told_apart,
)
from gis.files.export.globe import write_kml
from gis.files.whole_file import (
    WRITE_ERRORS,
    about_the_file,
    no_room,
    whole_file,
    write_fault,
)
from gis.files.write_raster import write_cog
from gis.files.write_shapefile import short_names, write_shapefile
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "short_names",
    "write_cog",
    "write_coordinate_txt",
    "write_drawing",
    "write_features",
    "write_shapefile",
]


def write_features(
    path: str | Path,
    layer: str,
    gdf: gpd.GeoDataFrame,
    *,
    append: bool = True,
    metadata: Mapping[str, str] | None = None,
    held: list[Held] | None = None,
) -> Path:
    """Write features as one layer of a GeoPackage.

    Parameters
    ----------
    path : path
        ``.gpkg``; other layers in it stay, a layer of the same name is replaced.
    layer : str
        Chinese names are kept.
    gdf : GeoDataFrame
        May have no rows; polygons and multipolygons are written as multipolygons.
    append : bool
        False begins a new file, which takes the old one's place when it is whole.
    metadata : mapping, optional
        Provenance, kept as the layer's metadata.
    held : list, optional
        Told how every column is called in the file.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        No CRS, not a ``.gpkg``, or a disk that is full or not writable.

    Notes
    -----
    Version 1.2 of the format is written: QGIS 3.22 of older desktops warns of 1.4. The format
    has names of its own (``fid``, ``geom``) and takes no two that differ in case only: a column
    of such a name gets ``_`` or a number.
    """
    import pyogrio

    path = Path(path)
    if path.suffix.lower() != ".gpkg":
        raise DataError(
            say("gis.files.layers_go_into_geopackage"), where=str(path), expected="*.gpkg"
        )
    if gdf.crs is None:
        raise DataError(
            say("gis.files.features_without_crs_cannot_written"), where=f"{path} {layer}"
        )
    what, at = say("gis.files.features_cannot_be_written"), f"{path} {layer}"
    columns = attributes(gdf)
    gdf = told_apart(gdf, _OWN)
    options: dict[str, Any] = {
        "layer": layer,
        "driver": "GPKG",
        "geometry_type": _geometry_type(gdf),
        "promote_to_multi": _geometry_type(gdf).startswith("Multi") or None,
        "layer_metadata": {k: str(v) for k, v in (metadata or {}).items()} or None,
    }
    if append and path.exists():
        try:
            pyogrio.write_dataframe(
                plain_columns(gdf), path, layer_options={"OVERWRITE": "YES"}, **options
            )
            called = held_fields(columns, _check_written(path, layer, len(gdf)))
        except WRITE_ERRORS as e:
            if not about_the_file(e):
                raise
            raise write_fault(what, at, e, known_full=no_room(path.parent)) from e
    else:
        with whole_file(path, what, at) as part:
            pyogrio.write_dataframe(
                plain_columns(gdf), part, dataset_options={"VERSION": "1.2"}, **options
            )
            called = held_fields(columns, _check_written(part, layer, len(gdf)))
    if held is not None:
        held.append(Held(layer, layer, called))
    return path


_OWN = ("fid", "geom", "geometry")  # of the format


def _check_written(path: Path, layer: str, n: int) -> list[str]:
    """Names of its fields. Refuse a layer that lacks rows or its spatial index.

    The driver builds the index when the file is closed and is silent when the disk is full
    by then.
    """
    import pyogrio

    info = pyogrio.read_info(path, layer=layer, force_feature_count=True)
    if info["features"] != n:
        raise OSError(say("gis.files.rows_written", n=info["features"], wanted=n))
    if not info["capabilities"]["fast_spatial_filter"]:
        raise OSError(say("gis.files.index_not_written"))
    return [str(f) for f in info["fields"]]


def _geometry_type(gdf: gpd.GeoDataFrame) -> str:
    kinds = set(gdf.geometry.geom_type.dropna())
    for single in ("Polygon", "LineString", "Point"):
        if kinds and kinds <= {single, f"Multi{single}"}:
            return single if kinds == {single} else f"Multi{single}"
    return "Unknown" if kinds else "MultiPolygon"


def write_drawing(path: str | Path, gdf: gpd.GeoDataFrame) -> Path:
    """Write features as KML (longitude-latitude) or DXF (the data's metres), by suffix.

    Raises
    ------
    DataError
        Another suffix, features without CRS, or a file that cannot be written.

    Notes
    -----
    The column ``name`` is the label. In DXF polygons become closed polylines on layers named by
    a column ``layer`` when there is one, without labels then.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in {".kml", ".dxf"}:
        raise DataError(
            say("gis.files.drawing_kml_dxf"),
            where=str(path),
            got=suffix or say("gis.files.no_suffix"),
        )
    if suffix == ".kml":
        return write_kml(path, {path.stem: gdf})
    labels = [plain_text(v) or "" for v in gdf["name"]] if "name" in gdf else []
    if "layer" not in gdf:
        return write_dxf(path, [CadLayer(path.stem, gdf, labels)])
    parts = [CadLayer(str(k), g) for k, g in gdf.groupby("layer", sort=False, dropna=False)]
    return write_dxf(path, parts or [CadLayer(path.stem, gdf)])
