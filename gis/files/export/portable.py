"""FlatGeobuf and GeoParquet: one layer a file, for the web and for columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import shapely

from gis.crs.systems import as_crs, epsg_of
from gis.errors import DataError
from gis.files.export.frames import (
    Held,
    arrow_table,
    attributes,
    held_fields,
    kind_of,
    one_type,
    plain_columns,
    told_apart,
)
from gis.files.whole_file import whole_file
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["write_flatgeobuf", "write_geoparquet"]


def _asked(path: Path, gdf: gpd.GeoDataFrame, suffix: str) -> None:
    if path.suffix.lower() != suffix:
        raise DataError(say("gis.out.file_ends"), where=str(path), expected=f"*{suffix}")
    if gdf.crs is None:
        raise DataError(say("gis.files.features_without_crs_cannot_written"), where=str(path))


def write_flatgeobuf(
    path: str | Path,
    gdf: gpd.GeoDataFrame,
    *,
    fields: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
    held: list[Held] | None = None,
) -> Path:
    """Write features as FlatGeobuf with its spatial index.

    Parameters
    ----------
    path : path
        ``.fgb``.
    gdf : GeoDataFrame
        Several kinds of geometry are kept; rows without a shape are written only in a file
        without index, which has none.
    fields : mapping, optional
        Column -> its title, kept as the column's title in the file.
    metadata : mapping, optional
        Provenance: ``title`` becomes the title of the file, all of it its description.
    held : list, optional
        Told how every column is called in the file.

    Raises
    ------
    DataError
        Another suffix, features without CRS, or a disk that fails.
    """
    import pyogrio

    path = Path(path)
    _asked(path, gdf, ".fgb")
    columns = attributes(gdf)
    gdf = told_apart(gdf)
    frame, kind = (gdf, "Unknown") if kind_of(gdf) == "mixed" else one_type(gdf)
    crs = as_crs(gdf.crs)
    code = epsg_of(crs)
    shapes = frame.geometry.to_numpy()
    if kind != "Unknown" and shapely.has_z(shapes).any():
        kind = f"{kind} Z"
    whole = len(frame) > 0 and not (shapely.is_missing(shapes) | shapely.is_empty(shapes)).any()
    with whole_file(path, say("gis.out.file_cannot_be_written")) as part:
        pyogrio.write_arrow(
            arrow_table(frame, fields or {}, whole="int64"),
            part,
            driver="FlatGeobuf",
            layer=path.stem,
            geometry_type=kind,
            geometry_name="geometry",
            crs=f"EPSG:{code}" if code else crs.to_wkt(),
            layer_options={"SPATIAL_INDEX": "YES" if whole else "NO", **_described(metadata)},
        )
        info = pyogrio.read_info(part, force_feature_count=True)
        if info["features"] != len(frame):
            raise OSError(say("gis.files.rows_written", n=info["features"], wanted=len(frame)))
        called = held_fields(columns, info["fields"])
    if held is not None:
        held.append(Held(path.stem, path.stem, called))
    return path


def _described(metadata: Mapping[str, str] | None) -> dict[str, str]:
    if not metadata:
        return {}
    told = "\n".join(f"{k}: {v}" for k, v in metadata.items())
    return {"TITLE": metadata.get("title", ""), "DESCRIPTION": told}


def write_geoparquet(
    path: str | Path,
    gdf: gpd.GeoDataFrame,
    *,
    metadata: Mapping[str, str] | None = None,
    held: list[Held] | None = None,
) -> Path:
    """Write features as GeoParquet 1.1 with a box for each row, which readers go by.

    Parameters
    ----------
    path : path
        ``.parquet``.
    gdf : GeoDataFrame
    metadata : mapping, optional
        Provenance, kept as key ``geoplan`` of the file (JSON).
    held : list, optional
        Told how every column is called in the file.

    Raises
    ------
    DataError
        Another suffix, features without CRS, or a disk that fails.
    """
    import pyarrow.parquet as pq

    path = Path(path)
    _asked(path, gdf, ".parquet")
    with whole_file(path, say("gis.out.file_cannot_be_written")) as part:
        plain_columns(gdf.rename(columns=str)).to_parquet(
            part, index=False, schema_version="1.1.0", write_covering_bbox=len(gdf) > 0
        )
        if metadata:
            table = pq.read_table(part)
            said = json.dumps(dict(metadata), ensure_ascii=False)
            keys = {**(table.schema.metadata or {}), b"geoplan": said.encode()}
            pq.write_table(table.replace_schema_metadata(keys), part)
        own = {str(gdf.geometry.name), "bbox"}
        names = [n for n in pq.read_schema(part).names if n not in own]
        called = held_fields(attributes(gdf), names)
    if held is not None:
        held.append(Held(path.stem, path.stem, called))
    return path
