"""KML and KMZ: a folder a layer, a placemark a feature, longitude and latitude."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import shapely

from gis.crs.systems import reproject
from gis.errors import DataError
from gis.files.export.frames import plain_text
from gis.files.plain_text import washed
from gis.files.whole_file import whole_file
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["write_kml"]

_NAMED = ("name", "site_id", "title", "id")
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same result gives the same bytes
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2">
<Document>
"""
_STYLE = """<Style id="s"><LineStyle><color>ff0055e0</color><width>1.5</width></LineStyle>\
<PolyStyle><color>330055e0</color></PolyStyle></Style>
"""


def write_kml(
    path: str | Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    title: str = "",
    remark: str = "",
    fields: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Path:
    """Write layers as KML, or packed as KMZ, by suffix.

    Parameters
    ----------
    path : path
        ``.kml`` or ``.kmz``.
    layers : mapping
        Name -> features in any CRS; they are brought to WGS 84.
    title, remark : str
        Name and description of the document.
    fields, names : mapping, optional
        Column and layer -> what people call it; values stand under the column's own name
        with the title as display name.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        Another suffix, features without CRS, or a disk that fails.

    Notes
    -----
    Coordinates have nine decimals of a degree, a tenth of a millimetre. A feature is called by
    its column name, site_id, title or id, else by its number; one without geometry keeps its
    values.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in {".kml", ".kmz"}:
        raise DataError(
            say("gis.out.globe_kml_kmz"),
            where=str(path),
            got=suffix or say("gis.files.no_suffix"),
        )
    for name, gdf in layers.items():
        if gdf.crs is None:
            raise DataError(
                say("gis.files.features_without_crs_cannot_written"), where=f"{path} {name}"
            )
    text = _document(layers, title, remark, fields or {}, names or {}, str(path))
    with whole_file(path, say("gis.files.drawing_cannot_be_written")) as part:
        if suffix == ".kml":
            with part.open("w", encoding="utf-8", newline="\n") as stream:
                stream.writelines(text)
            return path
        with (
            zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open(
                zipfile.ZipInfo("doc.kml", _ZIP_DATE), "w", force_zip64=True
            ) as inside,
        ):
            for line in text:
                inside.write(line.encode())
    return path


def _document(
    layers: Mapping[str, gpd.GeoDataFrame],
    title: str,
    remark: str,
    fields: Mapping[str, str],
    names: Mapping[str, str],
    where: str,
) -> Iterator[str]:
    yield _HEAD
    yield f"{_element('name', title)}{_element('description', remark)}{_STYLE}"
    for name, gdf in layers.items():
        yield f"<Folder id={quoteattr(name)}>{_element('name', names.get(name, '') or name)}\n"
        held = not bool((gdf.geometry.isna() | gdf.geometry.is_empty).all())
        lonlat = reproject(gdf, 4326, f"{where} {name}") if held else gdf
        columns = [c for c in gdf.columns if c != gdf.geometry.name]
        called = next((c for c in _NAMED if c in columns), "")
        cells = [list(gdf[c]) for c in columns]
        for i, shape in enumerate(lonlat.geometry.to_numpy()):
            row = {str(c): plain_text(v[i]) for c, v in zip(columns, cells, strict=True)}
            yield _placemark(row, (called and row[called]) or str(i + 1), shape, fields)
        yield "</Folder>\n"
    yield "</Document>\n</kml>\n"


def _element(tag: str, text: str) -> str:
    return f"<{tag}>{escape(washed(text))}</{tag}>" if text else ""


def _placemark(row: Mapping[str, Any], name: str, shape: Any, fields: Mapping[str, str]) -> str:  # noqa: ANN401
    data = "".join(
        f"<Data name={quoteattr(washed(c))}>{_element('displayName', fields.get(c, ''))}"
        f"<value>{escape(v)}</value></Data>"
        for c, v in row.items()
        if v is not None
    )
    # what the balloon of a viewer without extended data shows
    told = "\n".join(f"{fields.get(c, '') or c}: {v}" for c, v in row.items() if v is not None)
    return (
        f"<Placemark>{_element('name', name)}{_element('description', told)}"
        f"<styleUrl>#s</styleUrl><ExtendedData>{data}</ExtendedData>{_shape(shape)}"
        "</Placemark>\n"
    )


def _points(ring: Any) -> str:  # noqa: ANN401
    pairs = shapely.get_coordinates(ring).tolist()
    return "<coordinates>" + " ".join(f"{x:.9f},{y:.9f}" for x, y in pairs) + "</coordinates>"


def _shape(shape: Any) -> str:  # noqa: ANN401
    """One geometry; several parts as a multi-geometry, none as nothing."""
    if shape is None or shape.is_empty:
        return ""
    kind = shapely.get_type_id(shape)
    if kind == 0:
        return f"<Point>{_points(shape)}</Point>"
    if kind in (1, 2):
        return f"<LineString>{_points(shape)}</LineString>"
    if kind == 3:
        rings = [("outer", shape.exterior), *(("inner", r) for r in shape.interiors)]
        sides = (
            f"<{side}BoundaryIs><LinearRing>{_points(r)}</LinearRing></{side}BoundaryIs>"
            for side, r in rings
        )
        return f"<Polygon>{''.join(sides)}</Polygon>"
    parts = "".join(_shape(p) for p in shapely.get_parts(shape))
    return f"<MultiGeometry>{parts}</MultiGeometry>"
